using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Audit;

/// <summary>What the names of a model's checkpoints say against each other: steps that are missing in a regular grid, tokens that fall while steps rise.</summary>
public static class NameAudit
{
    /// <summary>A grid is regular where at least so many neighbours are one and the same number of steps apart.</summary>
    private const int FewestOfGrid = 4;

    /// <summary>What is found about a model.</summary>
    public static ImmutableArray<AuditFinding> Of(SuiteModel model) => [.. Gaps(model), .. TokenOrder(model)];

    /// <summary>
    /// The grid is that of the known suite, or the number of steps that most neighbours are apart. Steps are missing where they lie on it and, unless it is known, it
    /// goes on after them: a schedule that gets coarser has no gaps.
    /// </summary>
    private static IEnumerable<AuditFinding> Gaps(SuiteModel model)
    {
        if (model.Checkpoints.Any(c => !c.IsStepKnown) || GridOf(model) is not { } grid)
        {
            yield break;
        }

        int[] on = [.. model.Steps.Where(step => step % grid == 0 && step > 0)];
        var neighbours = on.Zip(on.Skip(1)).ToArray();
        var end = model.Known?.Grid is null ? Array.FindLastIndex(neighbours, pair => pair.Second - pair.First == grid) : neighbours.Length;
        foreach (var (before, after) in neighbours.Take(end).Where(pair => pair.Second - pair.First > grid))
        {
            var missing = ((after - before) / grid) - 1;
            yield return new(
                model.Name,
                before,
                AuditKind.Gap,
                string.Create(CultureInfo.InvariantCulture, $"is followed by step {after}: {missing} of every {grid}th {(missing == 1 ? "is" : "are")} missing between them"));
        }
    }

    private static int? GridOf(SuiteModel model)
    {
        if (model.Known?.Grid is { } known)
        {
            return known;
        }

        var apart = model.Steps.Zip(model.Steps.Skip(1), (a, b) => b - a).ToArray();
        var most = apart.GroupBy(gap => gap).OrderByDescending(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();

        return most is not null && most.Count() >= FewestOfGrid ? most.Key : null;
    }

    /// <summary>Those are left out that aren't in the longest run of checkpoints whose tokens don't fall.</summary>
    private static IEnumerable<AuditFinding> TokenOrder(SuiteModel model)
    {
        SuiteCheckpoint[] named = [.. model.Checkpoints.Where(c => c.Time is { Known: TokensKnown.Rounded, Tokens: not null })];
        var longest = new int[named.Length];
        var before = new int[named.Length];
        for (var i = 0; i < named.Length; i++)
        {
            (longest[i], before[i]) = (1, -1);
            for (var j = 0; j < i; j++)
            {
                if (named[j].Time.Tokens <= named[i].Time.Tokens && longest[j] + 1 > longest[i])
                {
                    (longest[i], before[i]) = (longest[j] + 1, j);
                }
            }
        }

        var rising = new HashSet<int>();
        for (var at = longest.Length == 0 ? -1 : Array.IndexOf(longest, longest.Max()); at >= 0; at = before[at])
        {
            rising.Add(at);
        }

        return named.Where((_, i) => !rising.Contains(i)).Select(c => new AuditFinding(
            model.Name, c.Step, AuditKind.TokenOrder, $"is called {c.Name}, and its tokens don't rise with the steps of the others")
        { IsLeftOut = true });
    }
}
