using System.Collections.Immutable;
using System.Text.RegularExpressions;
using CircuitGrid.Benchmarks.Documents;

namespace CircuitGrid.Benchmarks.Tests.Documents;

/// <summary>A table of a Markdown document.</summary>
/// <param name="Line">Its first line, counted from 1.</param>
/// <param name="Before">The paragraph before it.</param>
/// <param name="Table">What it says.</param>
internal sealed record FoundTable(int Line, string Before, MarkdownTable Table)
{
    /// <summary>The command that the paragraph names for this program, or <see langword="null"/>.</summary>
    public string? Command => DocumentReader.CommandIn(Before);

    /// <summary>
    /// Whether a cell behind the first column holds measured numbers and nothing else: such as have decimals, or are shares. Counts have neither, and are numbers where
    /// a command is named for them.
    /// </summary>
    public bool IsOfNumbers => Command is not null || Table.Rows.Any(r => r.Skip(1).Any(DocumentReader.IsMeasured));
}

/// <summary>Reads the tables of a Markdown document.</summary>
internal static partial class DocumentReader
{
    public static ImmutableArray<FoundTable> Tables(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var found = ImmutableArray.CreateBuilder<FoundTable>();
        for (var i = 0; i + 1 < lines.Length; i++)
        {
            if (!IsRow(lines[i]) || !Rule().IsMatch(lines[i + 1]))
            {
                continue;
            }

            var end = Array.FindIndex(lines, i, line => !IsRow(line)) is >= 0 and var at ? at : lines.Length;
            found.Add(new(i + 1, Paragraph(lines, i), new(Cells(lines[i]), [.. lines[(i + 2)..end].Select(Cells)])));
            i = end;
        }

        return found.ToImmutable();
    }

    public static string? CommandIn(string paragraph) => Named().Match(paragraph) is { Success: true } match ? match.Groups["command"].Value : null;

    public static bool IsMeasured(string cell) => Measured().IsMatch(cell);

    private static bool IsRow(string line) => line.StartsWith('|');

    private static ImmutableArray<string> Cells(string line) => [.. line.Trim().Trim('|').Split('|').Select(c => c.Trim())];

    /// <summary>The lines before a line that no empty one parts, beyond one that does.</summary>
    private static string Paragraph(string[] lines, int line)
    {
        var last = line - 1;
        while (last >= 0 && lines[last].Length == 0)
        {
            last--;
        }

        var first = last;
        while (first > 0 && lines[first - 1].Length > 0)
        {
            first--;
        }

        return last < 0 ? "" : string.Join(' ', lines[first..(last + 1)]);
    }

    [GeneratedRegex(@"^\|(\s*:?-+:?\s*\|)+$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Rule();

    [GeneratedRegex("`CircuitGrid.Benchmarks (?<command>[^`]+)`", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"^(?=.*(\d\.\d|\d\s?%))[\d.,\s±–−%×\[\]-]+$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Measured();
}
