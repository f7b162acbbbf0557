using System.Collections.Immutable;
using System.Text.Json;

namespace CircuitGrid.Models.Files;

/// <summary>
/// How to treat keys of other tools' files that aren't known here. A key that resembles a known one is an error whatever its value; another one with an empty
/// value (null, false, zero, an empty text, list or object) is noted; any other is an error unless somebody has said to ignore it.
/// </summary>
/// <param name="ignored">Keys that a person has looked at and says to ignore.</param>
public sealed class ForeignKeys(IEnumerable<string>? ignored = null)
{
    private readonly ImmutableSortedSet<string> _ignored = (ignored ?? []).ToImmutableSortedSet(StringComparer.Ordinal);
    private readonly SortedSet<string> _notes = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _passedOver = new(StringComparer.Ordinal);

    /// <summary>What was passed over because it is empty, for people.</summary>
    public ImmutableArray<string> Notes => [.. _notes];

    /// <summary>The keys that were there and were ignored because somebody said so.</summary>
    public ImmutableArray<string> PassedOver => [.. _passedOver];

    /// <param name="place">The object that has the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="known">Keys that are known there.</param>
    internal void PassOver(JsonInput place, string key, JsonElement value, IReadOnlyCollection<string> known)
    {
        if (_ignored.Contains(key))
        {
            _passedOver.Add(key);
        }
        else if (NearestName.IsSlip(key, known, out var meant))
        {
            throw place.Error($"has a key '{Text.OneLine(key)}'; did you mean '{meant}'? {WayOut(key)}");
        }
        else if (IsEmpty(value))
        {
            _notes.Add($"{key} isn't known and is {Text.OneLine(value.GetRawText())}: passed over");
        }
        else
        {
            throw place.Error($"has a key '{Text.OneLine(key)}', which isn't known; it is {Text.OneLine(value.GetRawText())}. {WayOut(key)}");
        }
    }

    private static string WayOut(string key) =>
        $"If it doesn't change what is computed, ignore it: --ignore-key {Text.OneLine(key)}, or 'ignore: [{Text.OneLine(key)}]' in the experiment or in suite.json";

    private static bool IsEmpty(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.TryGetDouble(out var number) && number == 0,
        JsonValueKind.String => value.ValueEquals(""),
        JsonValueKind.Array => value.GetArrayLength() == 0,
        JsonValueKind.Object => !value.EnumerateObject().Any(),
        _ => false,
    };
}
