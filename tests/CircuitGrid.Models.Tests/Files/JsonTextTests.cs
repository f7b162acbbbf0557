using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class JsonTextTests
{
    [Theory]
    [InlineData("{\"a\": NaN}", "isn't valid JSON: it has NaN, which is no JSON number; write null where there is none")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": -Infinity\n}", "isn't valid JSON: line 3 has -Infinity, which is no JSON number; write null where there is none")]
    [InlineData("{\"a\": 1", "isn't valid JSON: it ends in the middle of a value")]
    [InlineData("{\"a\": 1,\n\"b\": [1, 2", "isn't valid JSON: line 2 ends in the middle of a value")]
    [InlineData("{\"a\": 1}\n{\"a\": 2}", "isn't valid JSON: line 2, byte 1 has '{', which doesn't belong there")]
    [InlineData("{\"a\": tru}", "isn't valid JSON: byte 7 has 'tru', which doesn't belong there")]
    [InlineData("{'a': 1}", "isn't valid JSON: byte 2 has ''a'', which doesn't belong there")]
    [InlineData("{\"a\": 1, \"b\": {\"x\": 1, \"x\": 2}}", "has the key 'x' twice")]
    [InlineData("", "isn't JSON: it is empty")]
    [InlineData("\u0080\u0002}q", "isn't JSON: it begins with the byte 0x80, which no JSON text does")]
    public void Parse_WhatIsNoJson_IsExplainedInOurOwnWords(string text, string reason) =>
        Assert.Equal($"a.json: {reason}", Assert.Throws<InvalidInputException>(() => JsonText.Parse("a.json", Encoding.Latin1.GetBytes(text), 32)).Message);

    /// <summary>Whatever is cut, changed or put in: the library's own words never come out.</summary>
    [Fact]
    public void Parse_MutatedText_NeverSpeaksInTheLibrarysWords()
    {
        var random = new Random(5);
        var sample = "{\"name\": \"x\\u00e9\", \"list\": [1, -2.5e3, true, null], \"inner\": {\"a\": {}, \"b\": \"\"}}"u8.ToArray();
        for (var round = 0; round < 3000; round++)
        {
            var bytes = sample.ToList();
            for (var edit = random.Next(1, 4); edit > 0; edit--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 9)));
                        bytes.AddRange("{}"u8.ToArray().Take(random.Next(2)));
                        break;
                    case 1:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    default:
                        bytes.InsertRange(at, sample.AsSpan(random.Next(sample.Length)).ToArray().Take(random.Next(1, 12)));
                        break;
                }

                bytes = bytes.Count == 0 ? [.. sample] : bytes;
            }

            try
            {
                JsonText.Parse("a.json", bytes.ToArray(), 32);
            }
            catch (InvalidInputException e)
            {
                Assert.DoesNotContain("LineNumber", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain("BytePosition", e.Message, StringComparison.Ordinal);
                Assert.InRange(e.Message.Length, 10, 200);
                Assert.DoesNotContain(e.Message, char.IsControl);
            }
        }
    }

    [Theory]
    [InlineData("{\"a\": \"?\"}", "isn't valid UTF-8: it has bytes")]
    [InlineData("{\"a\": 1,\n\"b\": \"?\"}", "isn't valid UTF-8: line 2 has bytes")]
    [InlineData("{\n\n\"?\": 1}", "isn't valid UTF-8: line 3 has bytes")]
    public void Parse_BytesOfAnotherEncoding_NamesTheLine(string text, string expected)
    {
        // é in Latin-1
        byte[] bytes = [.. text.Select(c => c == '?' ? (byte)0xE9 : (byte)c)];
        Assert.StartsWith(expected, Assert.Throws<InvalidInputException>(() => JsonText.Parse("x", bytes, maxDepth: 8)).Reason, StringComparison.Ordinal);
    }
}
