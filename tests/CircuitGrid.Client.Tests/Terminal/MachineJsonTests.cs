using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Client.Output;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>JSON that may be looked at: its bytes are those of the relaxed encoder, but for what a terminal wouldn't show.</summary>
public sealed class MachineJsonTests
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Serialize_EveryCharacter_IsReadBackAndShown()
    {
        for (var code = 0; code <= 0x10FFFF; code += code < char.MaxValue ? 1 : 997)
        {
            if (code is >= 0xD800 and <= 0xDFFF)
            {
                continue;
            }

            var text = $"a{char.ConvertFromUtf32(code)}b";
            var json = MachineJson.Serialize(text);
            Hostile.AssertVisible(json);
            Assert.Equal(text, JsonSerializer.Deserialize<string>(json));
            if (!Hostile.IsHidden(text[1]))
            {
                Assert.Equal(JsonSerializer.Serialize(text, Relaxed), json);
            }
        }
    }

    [Fact]
    public void Serialize_NamesAndTextsOfAnyLength_AreEscapedLikewise()
    {
        var value = new Dictionary<string, string>(StringComparer.Ordinal) { [Hostile.Text] = string.Concat(Enumerable.Repeat($"größer 😀 {Hostile.Text}", 2000)) };
        var json = MachineJson.Serialize(value);
        Hostile.AssertVisible(json);
        Assert.Equal(value, JsonSerializer.Deserialize<Dictionary<string, string>>(json));
    }

    [Fact]
    public void Serialize_HalfACharacter_IsTheReplacementCharacter() => Assert.Equal("\"a\\uFFFDb\"", MachineJson.Serialize("a\ud83db"));
}
