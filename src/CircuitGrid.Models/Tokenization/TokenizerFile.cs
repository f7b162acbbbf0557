using System.Collections.Frozen;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Decoders;
using CircuitGrid.Models.Tokenization.Normalizers;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, as far as BPE goes. Anything that would change a token id and isn't supported is
/// an error; what only concerns other libraries (truncation, padding, post-processor) is passed over, and tokens that they would add are noted.
/// </summary>
internal static class TokenizerFile
{
    private const int MaxFileLength = 256 << 20;

    /// <summary>The only version of the format.</summary>
    public const string Version = "1.0";

    /// <summary>Nothing is cut off or padded here, and no token is added.</summary>
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(StringComparer.Ordinal, "truncation", "padding");

    public static Tokenizer Read(string path, ForeignKeys foreign)
    {
        var bytes = ReadBytes(path);
        if (!TokenizerFiles.IsVocabulary(path))
        {
            return Parse(bytes, path, foreign);
        }

        VocabularyFiles.RefuseAddedTokens(path);
        return VocabularyFiles.Parse(bytes, ReadBytes(TokenizerFiles.MergesBeside(path)), path);
    }

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over.</param>
    public static Tokenizer Parse(ReadOnlySpan<byte> json, string name, ForeignKeys foreign)
    {
        var root = JsonInput.Parse(name, json);
        if (root.FindString("version") is { } version && version != Version)
        {
            throw root.Error("version", $"is \"{Text.OneLine(version)}\"; only {Version} is known");
        }

        var normalizer = root.Find("normalizer") is { } normalizerPart ? NormalizerReader.Read(normalizerPart, foreign) : null;
        var preTokenizer = root.Find("pre_tokenizer") is { } preTokenizerPart ? PreTokenizerReader.Read(preTokenizerPart, foreign) : null;
        RefuseLostStart(root, normalizer, preTokenizer);
        var decoder = root.Find("decoder") is { } decoderPart ? DecoderReader.Read(decoderPart, foreign) : null;
        var model = BytePairReader.Read(root.Require("model"), TokenizerPipeline.EndsInBytes(preTokenizer), foreign);
        var addedTokens = AddedTokenReader.Read(root.Find("added_tokens"), model.Vocabulary, foreign);
        if (model.Vocabulary.Count == 0 && addedTokens.Length == 0)
        {
            throw root.Error("model: vocab is empty");
        }

        var front = root.Find("post_processor") is { } postProcessor ? PostProcessor.NoteAddedTokens(postProcessor, foreign) : [];
        root.RefuseNulls("normalizer", "pre_tokenizer", "decoder", "post_processor");
        root.FinishForeign(s_harmless, foreign);
        return new(name, new(normalizer, preTokenizer, model, decoder), addedTokens) { FrontTokens = front };
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            var bytes = SourceFile.ReadAll(path, MaxFileLength);
            GitPointer.Refuse(path, bytes);
            return bytes;
        }
        catch (InvalidInputException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException(path, "doesn't exist; text can't be turned into tokens without it", e);
        }
    }

    /// <summary>The reference asks where in the original text a piece begins. A piece whose first characters were taken away doesn't begin where it does.</summary>
    private static void RefuseLostStart(JsonInput root, INormalizer? normalizer, IPreTokenizer? preTokenizer)
    {
        if (normalizer?.MayRemoveStart == true && SequencePreTokenizer.Flatten(preTokenizer).Any(s => s is MetaspacePreTokenizer { NeedsStart: true }))
        {
            throw root.Error("pre_tokenizer", "has a Metaspace with prepend_scheme \"first\" behind a normalizer that may remove the beginning, which isn't supported");
        }
    }
}
