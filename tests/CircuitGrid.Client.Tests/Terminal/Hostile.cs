using System.Globalization;
using System.Text.RegularExpressions;
using CircuitGrid.Client.Tests.Hosting;
using Spectre.Console;

namespace CircuitGrid.Client.Tests.Terminal;

/// <summary>Text that a terminal obeys or that reads otherwise than it is, and how to see that none of it came out.</summary>
internal static partial class Hostile
{
    /// <summary>What the name of a suite, model or task can hold: marks of direction.</summary>
    public const string Name = "na\u202eme\u2066\u2069\u200e\u200f\u061c";

    /// <summary>
    /// What a file's name or a message can hold: a title, a reset, a C1 code, a deletion, a bell, separators of lines. None is a code that a console of
    /// this program sends itself.
    /// </summary>
    public const string Text = "te\u001b]0;t\u0007\u001bc\u009b2Jx\u007f\b\r\u2028\u2029t" + Name;

    /// <summary>Asserts that everything a command said can be shown.</summary>
    public static void AssertVisible(ClientRun run, params string[] args)
    {
        AssertVisible(run.Output, args);
        AssertVisible(run.Error, args);
    }

    /// <summary>Asserts that a text can be shown, the codes left aside that a console sends for colours and the cursor.</summary>
    public static void AssertVisible(string said, params string[] args)
    {
        var hidden = WithoutCodes(said).Replace("\r\n", "\n", StringComparison.Ordinal).Where(IsHidden).Select(c => string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}")).ToList();
        Assert.True(hidden.Count == 0, hidden.Count == 0 ? "" : $"{string.Join(' ', hidden)} came out of {string.Join(' ', args)}: {said}");
    }

    /// <summary>Without colours and movements.</summary>
    public static string WithoutCodes(string said) => ConsoleCodes().Replace(said, "");

    /// <summary>Whether a character is one that a terminal doesn't show: a control character but for the end of a line, a separator, a mark of direction.</summary>
    public static bool IsHidden(char c) =>
        (c != '\n' && CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
        || "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069".Contains(c, StringComparison.Ordinal);

    /// <summary>A terminal with everything on.</summary>
    public static IAnsiConsole Terminal(TextWriter writer, int width = 160)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.TrueColor,
            Interactive = InteractionSupport.Yes,
        });
        console.Profile.Width = width;
        console.Profile.Height = 50;
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    /// <summary>SGR, movements and erasures, before which it returns to the line's beginning, the cursor shown or hidden, links: what Spectre.Console sends.</summary>
    [GeneratedRegex(@"\r?\e\[[0-9;]*[mABCDGHJK]|\e\[\?25[hl]|\e\]8;[^\e\x07]*\e\\", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ConsoleCodes();
}
