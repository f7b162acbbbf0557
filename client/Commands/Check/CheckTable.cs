using System.Globalization;
using CircuitGrid.Circuits.Published;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Specification;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>A check for people: a row an entry with its value that is furthest off, or a row a value, and below what has to be said of some.</summary>
internal static class CheckTable
{
    /// <summary>Characters of a text that a cell shows.</summary>
    private const int MostShown = 44;

    /// <summary>Characters before the place at which two texts part.</summary>
    private const int ShownBefore = 24;

    /// <param name="console">Where people read.</param>
    /// <param name="result">The check.</param>
    /// <param name="all">Whether every value has a row.</param>
    public static void Show(IAnsiConsole console, CheckResult result, bool all)
    {
        console.WriteLine($"{ProgramVersion.Text}, {SpecNames.Precision.Of(result.Precision)}: taken for {result.Target.Model.Name}, {result.Target.Reason}.");
        var table = Tables.Create(console, "numbers", "in", "#values", all ? "which" : "furthest off", "expected", "computed", "#difference", "#allowed", "verdict", "source");
        foreach (var entry in result.Entries)
        {
            foreach (var value in all && !entry.Values.IsEmpty ? [.. entry.Values] : (CheckedValue?[])[entry.Worst])
            {
                AddRow(table, entry, value);
            }
        }

        console.Write(table);
        foreach (var line in result.Entries.SelectMany(LinesOf))
        {
            console.WriteLine(line);
        }

        (CheckVerdict Verdict, string Word)[] words =
            [(CheckVerdict.Within, "within"), (CheckVerdict.Outside, "outside"), (CheckVerdict.Warning, "with a warning"), (CheckVerdict.Finding, "found by others"), (CheckVerdict.NotChecked, "not checked")];
        var counts = words.Select(w => (Count: result.Count(w.Verdict), w.Word)).Where(x => x.Count > 0).Select(x => $"{Figures.Count(x.Count)} {x.Word}");
        console.WriteLine($"{string.Join("; ", counts)}.");
    }

    /// <summary>What values of a kind are, in words.</summary>
    public static string KindWord(string kind) => kind switch
    {
        PublishedKinds.Loss => "losses",
        PublishedKinds.LogitMeans => "means of logits",
        PublishedKinds.Logits => "logits",
        PublishedKinds.LogitDifferences or PublishedKinds.LogitDifferenceMean => "logit differences",
        PublishedKinds.Probabilities => "probabilities",
        PublishedKinds.Greedy => "greedy texts",
        PublishedKinds.Tokens => "texts' tokens",
        _ => "heads' roles",
    };

    private static void AddRow(Table table, CheckedEntry entry, CheckedValue? value)
    {
        var heading = entry.Entry.Heading;
        var (expected, computed) = Parts(value?.Expected ?? "", value?.Computed ?? "", isText: value?.Difference is null && value?.Verdict != CheckVerdict.Finding);
        table.Row(
            heading.Id,
            SpecNames.Precision.Of(heading.Precision),
            Figures.Count(entry.Entry.Count),
            value?.Place ?? "",
            expected,
            computed,
            value?.Difference is { } difference ? difference.ToString("+0.0e+0;-0.0e+0;0", CultureInfo.InvariantCulture) : "",
            value?.Allowed is { } allowed ? allowed.ToString("0.0e+0", CultureInfo.InvariantCulture) : "",
            Word(value?.Verdict ?? CheckVerdict.NotChecked),
            heading.Source.ToString());
    }

    private static IEnumerable<string> LinesOf(CheckedEntry entry)
    {
        var heading = entry.Entry.Heading;
        if (entry.Reason.Length > 0)
        {
            yield return $"{heading.Id} wasn't checked: {entry.Reason}.";
        }

        foreach (var remark in entry.Values.Select(v => v.Remark).Where(r => r.Length > 0).Distinct(StringComparer.Ordinal))
        {
            yield return $"{heading.Id}: {remark.TrimEnd('.')}.";
        }

        if (entry.Verdict is CheckVerdict.Outside or CheckVerdict.Warning or CheckVerdict.Finding && heading.Note.Length > 0)
        {
            yield return $"{heading.Id}: {heading.Note}";
        }
    }

    /// <summary>Two texts, or the part of them where they part.</summary>
    private static (string First, string Second) Parts(string first, string second, bool isText)
    {
        if (!isText || (first.Length <= MostShown && second.Length <= MostShown))
        {
            return (first, second);
        }

        var same = first.AsSpan().CommonPrefixLength(second);
        var start = same == first.Length && same == second.Length ? 0 : Math.Max(0, same - ShownBefore);
        return (Part(first, start), Part(second, start));
    }

    private static string Part(string text, int start)
    {
        var rest = text.AsSpan(Math.Min(start, text.Length));
        return $"{(start > 0 ? "…" : "")}{rest[..Math.Min(MostShown, rest.Length)]}{(rest.Length > MostShown ? "…" : "")}";
    }

    private static string Word(CheckVerdict verdict) => verdict switch
    {
        CheckVerdict.Within => "within",
        CheckVerdict.Outside => "OUTSIDE",
        CheckVerdict.Warning => "warning",
        CheckVerdict.Finding => "finding",
        _ => "not checked",
    };
}
