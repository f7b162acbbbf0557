using System.Collections.Frozen;
using CircuitGrid.Models.Files;
using Readers = System.Collections.Generic.Dictionary<string, System.Func<CircuitGrid.Models.Files.JsonInput, CircuitGrid.Models.Files.ForeignKeys, CircuitGrid.Models.Tokenization.PreTokenizers.IPreTokenizer>>;

namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Reads the part of a <c>tokenizer.json</c> that says how text is divided into words.</summary>
internal static class PreTokenizerReader
{
    private static readonly Readers s_readers = new(StringComparer.Ordinal)
    {
        ["Sequence"] = SequencePreTokenizer.Read,
        ["ByteLevel"] = ByteLevelPreTokenizer.Read,
        ["Digits"] = DigitsPreTokenizer.Read,
        ["Metaspace"] = MetaspacePreTokenizer.Read,
        ["Punctuation"] = PunctuationPreTokenizer.Read,
        ["Split"] = SplitPreTokenizer.Read,
        ["Whitespace"] = WhitespacePreTokenizer.Read,
        ["WhitespaceSplit"] = WhitespaceSplitPreTokenizer.Read,
    };

    /// <summary>Where in the text a token stands isn't asked here, and a sign that stands twice in old files once is enough.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> s_harmless = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal)
    {
        ["ByteLevel"] = ["trim_offsets"],
        ["Metaspace"] = ["str_rep"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="Compute.InvalidInputException">It is of an unknown kind, or says something that isn't supported.</exception>
    public static IPreTokenizer Read(JsonInput part, ForeignKeys foreign) =>
        PartReader.Read(part, foreign, s_readers, s_harmless.GetValueOrDefault(part.Require("type").AsString()));
}
