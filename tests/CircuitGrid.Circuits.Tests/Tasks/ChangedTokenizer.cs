using System.Text.Json.Nodes;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>A tokenizer's file with something else in it.</summary>
internal static class ChangedTokenizer
{
    /// <param name="tokenizer">What the file is written of.</param>
    /// <param name="change">Changes the file.</param>
    public static Tokenizer Of(Tokenizer tokenizer, Action<JsonNode> change)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-tokenizer-");
        try
        {
            var path = Path.Combine(folder.FullName, "tokenizer.json");
            tokenizer.Save(path);
            var file = JsonNode.Parse(File.ReadAllText(path))!;
            change(file);
            File.WriteAllText(path, file.ToJsonString());
            return Tokenizer.Load(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
