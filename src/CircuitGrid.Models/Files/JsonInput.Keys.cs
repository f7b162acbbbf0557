using System.Text.Json;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Files;

internal sealed partial class JsonInput
{
    /// <summary>Refuses an object that has a value under another key than those that are understood.</summary>
    /// <exception cref="InvalidInputException">There is one; the message names it and the keys that can be there.</exception>
    public void AllowOnly(params string[] keys)
    {
        foreach (var property in _object.EnumerateObject())
        {
            var key = NameOf(property);
            if (property.Value.ValueKind != JsonValueKind.Null && !keys.Contains(key, StringComparer.Ordinal))
            {
                throw Error(key, $"isn't known here; {string.Join(", ", keys[..^1])} and {keys[^1]} can be there");
            }
        }
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidInputException(_where, "has a key that isn't valid Unicode", e);
        }
    }
}
