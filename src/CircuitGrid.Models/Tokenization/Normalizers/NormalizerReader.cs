using CircuitGrid.Models.Files;
using Readers = System.Collections.Generic.Dictionary<string, System.Func<CircuitGrid.Models.Files.JsonInput, CircuitGrid.Models.Files.ForeignKeys, CircuitGrid.Models.Tokenization.Normalizers.INormalizer>>;

namespace CircuitGrid.Models.Tokenization.Normalizers;

/// <summary>Reads the part of a <c>tokenizer.json</c> that says how text is normalised.</summary>
internal static class NormalizerReader
{
    private static readonly Readers s_readers = new(StringComparer.Ordinal)
    {
        ["Sequence"] = SequenceNormalizer.Read,
        ["NFC"] = UnicodeNormalizer.Read,
        ["NFD"] = UnicodeNormalizer.Read,
        ["NFKC"] = UnicodeNormalizer.Read,
        ["NFKD"] = UnicodeNormalizer.Read,
        ["Lowercase"] = LowercaseNormalizer.Read,
        ["Prepend"] = PrependNormalizer.Read,
        ["Replace"] = ReplaceNormalizer.Read,
        ["Strip"] = StripNormalizer.Read,
    };

    /// <exception cref="Compute.InvalidInputException">It is of an unknown kind, or says something that isn't supported.</exception>
    public static INormalizer Read(JsonInput part, ForeignKeys foreign) => PartReader.Read(part, foreign, s_readers);
}
