using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training.Text;

namespace CircuitGrid.Models.Training;

/// <summary>The files of the nano suite that belong to no checkpoint.</summary>
internal static class NanoSuiteFiles
{
    private static readonly JsonWriterOptions indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>Writes <c>suite.json</c>, <c>tokenizer.json</c> and <c>lexicon.json</c>.</summary>
    /// <exception cref="InvalidInputException">The folder can't be made or written to, or holds another suite.</exception>
    public static void WriteHead(string folder, Tokenizer tokenizer)
    {
        var suite = Path.Combine(folder, SuiteFolder.SuiteName);
        if (File.Exists(suite) && SuiteFolder.Open(folder).Name != NanoSuite.Name)
        {
            throw new InvalidInputException(folder, "holds another suite; train into another folder");
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be made: " + Files.Text.OneLine(e.Message), e);
        }

        OutputFile.Write(suite, stream => WriteSuite(stream, tokenizer.VocabularySize));
        OutputFile.Write(Path.Combine(folder, "lexicon.json"), NanoLexicon.Write);
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
    }

    private static void WriteSuite(Stream stream, int vocabulary)
    {
        using var json = new Utf8JsonWriter(stream, indented);
        json.WriteStartObject();
        json.WriteString("name", NanoSuite.Name);
        json.WriteNumber("tokensPerStep", NanoSuite.TokensPerStep);
        json.WriteStartArray("models");
        foreach (var model in NanoSuite.ModelNames)
        {
            json.WriteStartObject();
            json.WriteString("name", model);
            json.WriteNumber("parameters", NanoSuite.Config(model, vocabulary).ParameterCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
