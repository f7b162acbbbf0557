using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace CircuitGrid.Models.Tokenization.Decoders;

/// <summary>Tokens that name a byte (<c>&lt;0x0A&gt;</c>), as far as neighbouring ones are UTF-8 together; otherwise each becomes U+FFFD.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    public List<string> Decode(List<string> tokens, bool isWhole)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            if (Find(token) is { } value)
            {
                bytes.Add(value);
            }
            else
            {
                Flush(bytes, result);
                result.Add(token);
            }
        }

        Flush(bytes, result);
        return result;
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteFallback");
        json.WriteEndObject();
    }

    private static byte? Find(string token) =>
        token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static void Flush(List<byte> bytes, List<string> result)
    {
        byte[] all = [.. bytes];
        if (all.Length == 0)
        {
            return;
        }

        if (Utf8.IsValid(all))
        {
            result.Add(Encoding.UTF8.GetString(all));
        }
        else
        {
            result.AddRange(Enumerable.Repeat("\ufffd", all.Length));
        }

        bytes.Clear();
    }
}
