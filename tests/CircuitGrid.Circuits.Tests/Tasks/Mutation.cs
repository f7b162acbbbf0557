using System.Text;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>Small damage to a text file, most of which leaves a good part of it readable.</summary>
internal static class Mutation
{
    public static byte[] Of(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        string[] pieces = ["\"", ",", "\n", "[", "]", "{", "}", "-", "99999999999", "1e3", "null", "[[[[[[", "\\ud800", "\r", "position", ":", "\0", "é"];
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 8), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(length, bytes.Count - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length));
                    break;
                case > 3:
                    // Another letter or digit mostly leaves a file that can be read.
                    bytes[at] = char.IsAsciiLetterOrDigit((char)bytes[at]) ? (byte)(bytes[at] ^ 1) : bytes[at];
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(pieces[random.Next(pieces.Length)]));
                    break;
            }
        }

        return [.. bytes];
    }
}
