using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

public sealed class JsonTextTests
{
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
