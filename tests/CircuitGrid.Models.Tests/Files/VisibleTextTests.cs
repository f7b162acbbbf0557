using System.Globalization;
using System.Text.RegularExpressions;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Files;

/// <summary>What may reach a terminal, held to Unicode's own categories.</summary>
public sealed partial class VisibleTextTests
{
    /// <summary>Property Bidi_Control of the Unicode Character Database.</summary>
    private static readonly int[] BidiControl = [0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069];

    [Fact]
    public void Of_EveryCharacter_IsItselfOrItsEscape()
    {
        for (var code = 0; code <= char.MaxValue; code++)
        {
            var c = (char)code;
            var isHidden = IsHidden(c) && c is not ('\n' or '\t');
            var escape = string.Create(CultureInfo.InvariantCulture, $"\\u{code:x4}");
            Assert.Equal(isHidden ? $"a{escape}b" : $"a{c}b", VisibleText.Of($"a{c}b"));
            Assert.Equal(IsHidden(c) ? $"a{escape}b" : $"a{c}b", VisibleText.OnOneLine($"a{c}b"));
            Assert.Equal(IsHidden(c) ? $"a{escape}b" : $"a{c}b", Text.OneLine($"a{c}b"));
            Assert.Equal(IsHidden(c) && !char.IsSurrogate(c) ? 1 : -1, VisibleText.IndexOfHidden($"a{c}b"));
        }
    }

    [Theory]
    [InlineData("plain text, größer ∞ 漢字 😀 עברית", "plain text, größer ∞ 漢字 😀 עברית")]
    [InlineData("one\r\ntwo\n\tthree", "one\r\ntwo\n\tthree")]
    [InlineData("hidden\rshown", "hidden\\u000dshown")]
    [InlineData("end\r", "end\\u000d")]
    [InlineData("\u001b]0;title\u0007\u001b[2J", "\\u001b]0;title\\u0007\\u001b[2J")]
    [InlineData("", "")]
    public void Of_Texts_AreShownWhole(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    /// <summary>Not data of a theory: an attribute can't hold half a character.</summary>
    [Fact]
    public void Of_HalfCharacters_AreShownBesideWholeOnes()
    {
        Assert.Equal("😀\\ud83d", VisibleText.Of("😀\ud83d"));
        Assert.Equal("\\ude00😀", VisibleText.Of("\ude00😀"));
        Assert.Equal("\\ud83d😀\\ude00", VisibleText.Of("\ud83d\ud83d\ude00\ude00"));
    }

    [Fact]
    public void Of_ShownText_StaysAsItIs()
    {
        const string text = "a\u001b\u202e\ud83d😀\r\n";
        Assert.Equal(VisibleText.Of(text), VisibleText.Of(VisibleText.Of(text)));
    }

    [Fact]
    public void OneLine_LongText_IsCutBetweenCharacters()
    {
        foreach (var text in new[] { new string('a', 1000), string.Concat(Enumerable.Repeat("😀", 500)), new string('\u001b', 500), "a" + string.Concat(Enumerable.Repeat("😀", 500)) })
        {
            var shown = Text.OneLine(text);
            Assert.InRange(shown.Length, 160, 170);
            Assert.EndsWith("…", shown, StringComparison.Ordinal);
            Assert.DoesNotMatch(LoneSurrogate(), shown);
        }
    }

    /// <summary>Every way to write to a writer comes to the same text, whatever the writer beneath.</summary>
    [Fact]
    public async Task Writer_EveryOverload_WritesVisibleText()
    {
        const string raw = "a\u001b\u202e😀\n";
        const string shown = "a\\u001b\\u202e😀\n";
        Action<TextWriter>[] texts =
        [
            w => w.Write(raw),
            w => w.Write(raw.ToCharArray()),
            w => w.Write(("xx" + raw).ToCharArray(), 2, raw.Length),
            w => w.Write(raw.AsSpan()),
            w => w.Write(new System.Text.StringBuilder(raw)),
            w => w.Write((object)raw),
            w => w.Write("{0}", raw),
            w => w.WriteAsync(raw).Wait(),
            w => w.WriteAsync(raw.ToCharArray(), 0, raw.Length).Wait(),
            w => w.WriteAsync(raw.AsMemory()).Wait(),
        ];
        foreach (var write in texts)
        {
            Assert.Equal(shown, Written(write));
        }

        Action<TextWriter>[] lines =
        [
            w => w.WriteLine(raw),
            w => w.WriteLine(raw.ToCharArray()),
            w => w.WriteLine(("xx" + raw).ToCharArray(), 2, raw.Length),
            w => w.WriteLine(raw.AsSpan()),
            w => w.WriteLine((object)raw),
            w => w.WriteLine("{0}", raw),
            w => w.WriteLineAsync(raw).Wait(),
            w => w.WriteLineAsync(raw.AsMemory()).Wait(),
            w =>
            {
                w.Write(raw);
                w.WriteLine();
            },
        ];
        foreach (var write in lines)
        {
            Assert.Equal(shown + "\r\n", Written(write));
        }

        Assert.Equal("\\u009b", Written(w => w.Write('\u009b')));
        Assert.Equal("\\ud83d", Written(w => w.Write('\ud83d')));
        await using var inner = new StringWriter();
        await using var writer = VisibleTextWriter.Around(inner);
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(inner.Encoding, writer.Encoding);
    }

    private static string Written(Action<TextWriter> write)
    {
        using var inner = new StringWriter { NewLine = "\r\n" };
        using var writer = VisibleTextWriter.Around(inner);
        write(writer);
        return inner.ToString();
    }

    private static bool IsHidden(char c) =>
        CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
        || BidiControl.Contains(c);

    [GeneratedRegex(@"[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LoneSurrogate();
}
