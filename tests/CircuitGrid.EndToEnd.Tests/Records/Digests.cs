using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CircuitGrid.EndToEnd.Tests.Records;

/// <summary>Short names of long contents.</summary>
internal static partial class Digests
{
    /// <summary>The first half of a SHA-256.</summary>
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..32];

    /// <summary>
    /// The same of a text whose numbers are cut to nine digits: statistics go through the system's mathematics library, which may differ in
    /// the last bit between processors.
    /// </summary>
    public static string OfFigures(string text) => Of(Encoding.UTF8.GetBytes(Figure().Replace(text, found =>
        double.Parse(found.Value, CultureInfo.InvariantCulture).ToString("G9", CultureInfo.InvariantCulture))));

    /// <summary>Every member of a JSON document with the types of its values; members of an array's items are told together.</summary>
    public static IEnumerable<string> ShapeOf(JsonElement json)
    {
        var types = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        Collect("$", json);
        return types.Select(t => $"{t.Key}: {string.Join('|', t.Value)}");

        void Collect(string place, JsonElement value)
        {
            if (!types.TryGetValue(place, out var seen))
            {
                types.Add(place, seen = new(StringComparer.Ordinal));
            }

            seen.Add(value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "boolean" : value.ValueKind.ToString().ToLowerInvariant());
            if (value.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in value.EnumerateObject())
                {
                    Collect($"{place}.{member.Name}", member.Value);
                }
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                {
                    Collect($"{place}[]", item);
                }
            }
        }
    }

    [GeneratedRegex(@"-?\d+\.\d+(?:[eE][+-]?\d+)?", RegexOptions.CultureInvariant)]
    private static partial Regex Figure();
}
