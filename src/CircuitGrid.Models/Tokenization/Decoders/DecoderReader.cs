using System.Collections.Frozen;
using CircuitGrid.Models.Files;
using Readers = System.Collections.Generic.Dictionary<string, System.Func<CircuitGrid.Models.Files.JsonInput, CircuitGrid.Models.Files.ForeignKeys, CircuitGrid.Models.Tokenization.Decoders.IDecoder>>;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>Reads the part of a <c>tokenizer.json</c> that says how tokens become text.</summary>
internal static class DecoderReader
{
    private static readonly Readers s_readers = new(StringComparer.Ordinal)
    {
        ["Sequence"] = SequenceDecoder.Read,
        ["ByteLevel"] = static (_, _) => new ByteLevelDecoder(),
        ["ByteFallback"] = static (_, _) => new ByteFallbackDecoder(),
        ["Fuse"] = static (_, _) => new FuseDecoder(),
        ["Metaspace"] = MetaspaceDecoder.Read,
        ["Replace"] = ReplaceDecoder.Read,
        ["Strip"] = StripDecoder.Read,
    };

    /// <summary>Turning bytes back needs no settings.</summary>
    private static readonly FrozenDictionary<string, FrozenSet<string>> s_harmless = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal)
    {
        ["ByteLevel"] = ["add_prefix_space", "trim_offsets", "use_regex"],
        ["Metaspace"] = ["str_rep"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <exception cref="Compute.InvalidInputException">It is of an unknown kind, or says something that isn't supported.</exception>
    public static IDecoder Read(JsonInput part, ForeignKeys foreign) =>
        PartReader.Read(part, foreign, s_readers, s_harmless.GetValueOrDefault(part.Require("type").AsString()));
}
