using System.Buffers;
using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Tokenization.Unicode;

/// <summary>
/// Lowercase forms from their own table, character by character as the Hugging Face library takes them: what stands around a character doesn't count (a final
/// sigma is one like others).
/// </summary>
internal static class Lowercase
{
    private static readonly SearchValues<char> s_unchanged = SearchValues.Create(
        [.. Enumerable.Range(0, 0x80).Select(c => (char)c).Where(c => !char.IsAsciiLetterUpper(c))]);

    private static readonly Lazy<Dictionary<int, string>> s_forms = new(Read);

    /// <summary>The text in lower case.</summary>
    public static string Apply(string text)
    {
        if (text.AsSpan().IndexOfAnyExcept(s_unchanged) < 0)
        {
            return text;
        }

        var forms = s_forms.Value;
        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            if (forms.TryGetValue(rune.Value, out var form))
            {
                result.Append(form);
            }
            else
            {
                result.Append(units[..rune.EncodeToUtf16(units)]);
            }
        }

        return result.ToString();
    }

    private static Dictionary<int, string> Read()
    {
        var forms = new Dictionary<int, string>();
        foreach (var fields in UnicodeResource.Read("lowercase.txt"))
        {
            if (fields[0] == "d")
            {
                forms.Add(Convert.ToInt32(fields[1], 16), string.Concat(UnicodeResource.CodePoints(fields.Skip(2)).Select(char.ConvertFromUtf32)));
                continue;
            }

            var (first, last, step, lower) = (Convert.ToInt32(fields[1], 16), Convert.ToInt32(fields[2], 16), int.Parse(fields[3], CultureInfo.InvariantCulture), Convert.ToInt32(fields[4], 16));
            for (var c = first; c <= last; c += step)
            {
                forms.Add(c, char.ConvertFromUtf32(lower + c - first));
            }
        }

        return forms;
    }
}
