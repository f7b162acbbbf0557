namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// A dictionary, in the order of its entries; a later entry replaces an earlier one of the same key. Entries whose key isn't a string,
/// as the numbered parameters of an optimizer, aren't kept: no tensor of a model is among them.
/// </summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<string, object?> _entries = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, object?> Entries => _entries;

    /// <summary>Whether there was an entry whose key isn't a string.</summary>
    public bool HasOtherKeys { get; private set; }

    public void Set(object? key, object? value)
    {
        if (key is string name)
        {
            _entries[name] = value;
        }
        else
        {
            HasOtherKeys = true;
        }
    }
}
