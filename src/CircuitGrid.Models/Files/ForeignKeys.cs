using System.Collections.Immutable;
using System.Text.Json;

namespace CircuitGrid.Models.Files;

/// <summary>
/// How to treat keys of other tools' files that aren't known here, and what was found in them. A key that resembles a known one is an error whatever its value;
/// another one with an empty value (null, false, zero, an empty text, list or object) is noted; any other is an error unless somebody has said to ignore it.
/// Not for several threads.
/// </summary>
/// <param name="ignored">Keys that a person has looked at and says to ignore.</param>
public sealed class ForeignKeys(IEnumerable<string>? ignored = null)
{
    private readonly HashSet<ForeignNote> _notes = [];
    private readonly HashSet<ForeignNote> _passedOver = [];

    /// <summary>Keys that a person says to ignore, wherever they stand.</summary>
    public ImmutableSortedSet<string> Ignored { get; } = (ignored ?? []).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>What was passed over because it is empty, and what else people should know.</summary>
    public ImmutableArray<ForeignNote> Notes => InOrder(_notes);

    /// <summary>The keys that were there and were ignored because somebody said so.</summary>
    public ImmutableArray<ForeignNote> PassedOver => InOrder(_passedOver);

    /// <summary>Takes in what another reading found.</summary>
    public void Add(ForeignKeys other)
    {
        _notes.UnionWith(other._notes);
        _passedOver.UnionWith(other._passedOver);
    }

    /// <summary>Notes something about a value that people should know.</summary>
    internal void Note(JsonInput value, string text) => _notes.Add(new(value.File, value.WhereInFile is { Length: > 0 } place ? $"{place} {text}" : text));

    /// <summary>Refuses to ignore what is understood: the file would be read as if nobody had said so.</summary>
    /// <param name="place">The object.</param>
    /// <param name="asked">Keys that say something there.</param>
    /// <exception cref="Compute.InvalidInputException">One of them is there and is to be ignored.</exception>
    internal void RefuseKnown(JsonInput place, IReadOnlySet<string> asked)
    {
        if (Ignored.FirstOrDefault(k => asked.Contains(k) && place.Value.TryGetProperty(k, out _)) is { } known)
        {
            throw place.Error($"has a key '{Text.OneLine(known)}' that can't be ignored: it says what is computed");
        }
    }

    /// <param name="place">The object that has the key.</param>
    /// <param name="key">The key.</param>
    /// <param name="value">Its value.</param>
    /// <param name="known">Keys that are known there.</param>
    /// <exception cref="UnknownKeyException">It can't be passed over.</exception>
    internal void PassOver(JsonInput place, string key, JsonElement value, IReadOnlyCollection<string> known)
    {
        if (Ignored.Contains(key))
        {
            _passedOver.Add(new(place.File, place.WhereInFile is { Length: > 0 } inside ? $"{inside}: {Text.OneLine(key)}" : Text.OneLine(key)));
        }
        else if (NearestName.IsSlip(key, known, out var meant))
        {
            throw place.UnknownKey($"has a key '{Text.OneLine(key)}'; did you mean '{meant}'? {WayOut(key)}");
        }
        else if (JsonInput.IsEmptyValue(value))
        {
            Note(place, $"has a key '{Text.OneLine(key)}', which isn't known; it is {Text.OneLine(value.GetRawText())} and is passed over");
        }
        else
        {
            throw place.UnknownKey($"has a key '{Text.OneLine(key)}', which isn't known; it is {Text.OneLine(value.GetRawText())}. {WayOut(key)}");
        }
    }

    private static string WayOut(string key) =>
        $"If it doesn't change what is computed, ignore it: --ignore-key {Text.OneLine(key)}, or 'ignore: [{Text.OneLine(key)}]' in the experiment or in suite.json";

    private static ImmutableArray<ForeignNote> InOrder(IEnumerable<ForeignNote> notes) =>
        [.. notes.OrderBy(n => n.File, StringComparer.Ordinal).ThenBy(n => n.Text, StringComparer.Ordinal)];
}
