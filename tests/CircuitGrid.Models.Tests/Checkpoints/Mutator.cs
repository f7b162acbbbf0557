using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Damages files in the ways of bad disks, broken transfers and bad will; the same seed gives the same damage.</summary>
internal sealed partial class Mutator(int seed)
{
    private static readonly string[] s_values =
    [
        "0", "-0", "1", "-1", "2", "3", "15", "16", "255", "4294967295", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "-9223372036854775808", "1e9", "1e19", "1e308", "1e309", "-1e309", "0.5", "1.0", "1e-400", "00", "0x10", "NaN", "Infinity",
        "null", "true", "false", "\"\"", "\"1\"", "\"../../x\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}", "[[[[[[[[[]]]]]]]]]", "{\"a\":{\"a\":{}}}",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A copy with one to three of: bits flipped, bytes replaced, a piece cut off, out, doubled, moved or zeroed.</summary>
    public byte[] Damage(byte[] bytes)
    {
        var result = bytes.ToList();
        for (var i = _random.Next(3); i >= 0 && result.Count > 0; i--)
        {
            var start = _random.Next(result.Count);
            var count = Math.Min(result.Count - start, 1 + _random.Next(1 << _random.Next(1, 9)));
            switch (_random.Next(8))
            {
                case 0 or 1:
                    result[start] ^= (byte)(1 << _random.Next(8));
                    break;
                case 2:
                    result[start] = (byte)_random.Next(256);
                    break;
                case 3:
                    result.RemoveRange(start, result.Count - start);
                    break;
                case 4:
                    result.RemoveRange(start, count);
                    break;
                case 5:
                    result.InsertRange(start, result.GetRange(start, count));
                    break;
                case 6:
                    var piece = result.GetRange(start, count);
                    var target = _random.Next(result.Count - count + 1);
                    for (var k = 0; k < count; k++)
                    {
                        result[target + k] = piece[k];
                    }

                    break;
                default:
                    for (var k = 0; k < count; k++)
                    {
                        result[start + k] = 0;
                    }

                    break;
            }
        }

        return [.. result];
    }

    /// <summary>JSON with one or two of its numbers, words or strings replaced by values of other sizes and kinds, or by each other.</summary>
    public string DamageJson(string json)
    {
        for (var i = _random.Next(2); i >= 0; i--)
        {
            var values = JsonValue().Matches(json);
            if (values.Count == 0)
            {
                return json;
            }

            var match = values[_random.Next(values.Count)];
            var replacement = _random.Next(3) switch
            {
                0 => values[_random.Next(values.Count)].Value,
                1 when long.TryParse(match.Value, CultureInfo.InvariantCulture, out var number) => (number + _random.Next(-2, 3)).ToString(CultureInfo.InvariantCulture),
                _ => s_values[_random.Next(s_values.Length)],
            };
            json = json[..match.Index] + replacement + json[(match.Index + match.Length)..];
        }

        return json;
    }

    /// <summary>Either kind of damage to a JSON file.</summary>
    public byte[] DamageJsonFile(byte[] utf8) =>
        _random.Next(2) == 0 ? Damage(utf8) : Encoding.UTF8.GetBytes(DamageJson(Encoding.UTF8.GetString(utf8)));

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?|""[^""]*""|true|false|null", RegexOptions.ExplicitCapture)]
    private static partial Regex JsonValue();
}
