using System.Collections.Frozen;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>Reads a part of a <c>tokenizer.json</c> that names its type.</summary>
internal static class PartReader
{
    /// <summary>Keys without effect: none.</summary>
    public static FrozenSet<string> NoKeys { get; } = [];

    /// <summary>Reads a part by its type, and refuses what is left in it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over.</param>
    /// <param name="readers">What reads each type.</param>
    /// <param name="harmless">Keys without effect.</param>
    /// <exception cref="Compute.InvalidInputException">Its type isn't one of them.</exception>
    public static T Read<T>(JsonInput part, ForeignKeys foreign, IReadOnlyDictionary<string, Func<JsonInput, ForeignKeys, T>> readers, FrozenSet<string>? harmless = null)
    {
        var type = part.Require("type").AsString();
        if (!readers.TryGetValue(type, out var read))
        {
            throw part.Error($"of type \"{Text.OneLine(type)}\" isn't supported; {string.Join(", ", readers.Keys.Order(StringComparer.Ordinal))} are");
        }

        var result = read(part, foreign);
        part.FinishForeign(harmless ?? NoKeys, foreign);
        return result;
    }

    /// <summary>A text of one character.</summary>
    public static string Character(JsonInput value)
    {
        var text = value.AsString();
        return text.EnumerateRunes().Count() == 1 ? text : throw value.Error($"is \"{Text.OneLine(text)}\"; it must be one character");
    }
}
