using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Reports.Findings;

/// <summary>
/// What a report says came out: the only place where a program makes sentences of results, so that each has a rule that can be read here and is tested. A statement over
/// models or tasks holds in each of them, or names those where it does. What intervals leave open is said to be open.
/// </summary>
public static class ReportFindings
{
    /// <summary>The sentences, in the order they are read; those without anything to say are left out.</summary>
    public static ImmutableArray<string> Of(ReportDocument report) =>
    [
        .. TasksLearned(report),
        .. RoleOrders(report),
        .. Algorithm(report),
        .. LastCircuits(report),
        .. SizesKnown(report),
        .. SizesAlongTraining(report),
        .. Verdicts(report),
        .. Similarity(report),
        .. Growth(report),
        .. Missing(report),
    ];

    /// <summary>When tasks are learned: between the earliest "after" and the latest "by" of the models that are seen to learn it; models that aren't are named.</summary>
    private static IEnumerable<string> TasksLearned(ReportDocument report)
    {
        var time = new FindingTime(report);
        foreach (var task in report.Tasks)
        {
            var onsets = report.TaskOnsets.Where(o => o.Task == task.Name && !o.Inherited).ToArray();
            var seen = onsets.Where(o => o.Onset.By is not null).ToArray();
            if (seen.Length == 0)
            {
                continue;
            }

            var by = seen.Max(o => o.Onset.By!.Tokens);
            var when = seen.All(o => o.Onset.After is not null) ? time.Between(seen.Min(o => o.Onset.After!.Tokens), by) : time.AtTheLatest(by);
            var lost = seen.Where(o => o.Onset.LostAt is not null).Select(o => $"{o.Model} (at {time.At(o.Onset.LostAt!.Tokens)})").ToArray();
            var unseen = onsets.Where(o => o.Onset.By is null).Select(o => o.Model).ToArray();
            yield return $"{FindingText.Sentence(task.Title)} is learned {when} {In(report, seen.Select(o => o.Model))}"
                + (unseen.Length == 0 ? "" : $", and isn't seen to be learned in {FindingText.List(unseen)}")
                + (lost.Length == 0 ? "." : $"; it is lost again in {FindingText.List(lost)}.");
        }
    }

    /// <summary>Where each role appears relative to its task, model by model; roles that no model shows are left out.</summary>
    private static IEnumerable<string> RoleOrders(ReportDocument report)
    {
        var roles = report.Roles.SelectMany(m => m.Roles.Select(r => (m.Model, Role: r))).GroupBy(r => r.Role.Role, StringComparer.Ordinal);
        foreach (var role in roles)
        {
            var said = role.Where(r => OrderWords.ContainsKey(r.Role.Order)).GroupBy(r => r.Role.Order, StringComparer.Ordinal).ToArray();
            if (said.Length > 0)
            {
                var task = report.Tasks.FirstOrDefault(t => t.Name == role.First().Role.Task)?.Title ?? role.First().Role.Task;
                var parts = said.Select(g => $"{OrderWords[g.Key]} {In(report, g.Select(r => r.Model))}").ToArray();
                var unseen = role.Where(r => r.Role.Order == "not-seen").Select(r => r.Model).ToArray();
                yield return $"{FindingText.Sentence(RoleWords.GetValueOrDefault(role.Key, role.Key))}, against {task}: {FindingText.List(parts)}"
                    + (unseen.Length == 0 ? "." : $"; not seen in {FindingText.List(unseen)}.");
            }
        }
    }

    /// <summary>How much of the direct effects each kind of known head carries at the last checkpoint, and which way it works, model by model.</summary>
    private static IEnumerable<string> Algorithm(ReportDocument report)
    {
        foreach (var model in report.Roles)
        {
            if (model.Algorithm.LastOrDefault()?.InCircuit is { Direct: { Absolute: { } share } direct } shares)
            {
                var carriers = shares.Carriers.SelectMany(c => (IEnumerable<string>)
                [
                    .. c.HelpingShare > 0 && CarrierWords.TryGetValue(c.Role, out var kind) ? (string[])[$"{kind} {Number(c.HelpingShare.Value)} % for the task"] : [],
                    .. c.HinderingShare > 0 && CarrierWords.TryGetValue(c.Role, out var same) ? (string[])[$"{same} {Number(c.HinderingShare.Value)} % against it"] : [],
                ]).ToArray();
                yield return $"At the last checkpoint the known heads carry {Number(share)} %{Around(direct.AbsoluteInterval)} of the direct effects in {model.Model}'s IOI circuit"
                    + (carriers.Length == 0 ? "." : $": {FindingText.List(carriers)}.");
            }
        }
    }

    /// <summary>How large the last checkpoints' circuits are, and what they keep, plainly and normalised.</summary>
    private static IEnumerable<string> LastCircuits(ReportDocument report)
    {
        var reached = Finals(report).Where(c => c is { Status: "reached", EdgeShare: not null, FaithfulnessJudged: not null, NormalizedJudged: not null }).ToArray();
        if (reached.Length > 0)
        {
            yield return $"At the last checkpoint circuits of {FindingText.Percents([.. reached.Select(c => c.EdgeShare!.Value)])} of the edges keep {FindingText.Percents([.. reached.Select(c => c.FaithfulnessJudged!.Value)])} of the metric on {(report.Analysis.Split == "none" ? "the examples that found them" : "held-out examples")}. "
                + $"That is {FindingText.Percents([.. reached.Select(c => c.NormalizedJudged!.Value)])} of the way from the ablated metric to the model's.";
        }
    }

    /// <summary>How many sizes the examples determine: those whose interval is no wider than neighbouring sizes of the grid.</summary>
    private static IEnumerable<string> SizesKnown(ReportDocument report)
    {
        var known = report.Cells.Where(HasKnownSize).ToArray();
        var open = known.Where(c => !c.SizeInterval!.IsDetermined).ToArray();
        if (known.Length == 0)
        {
            yield break;
        }

        var widest = open.Where(c => c.SizeInterval!.High is not null).MaxBy(c => c.SizeInterval!.High / c.SizeInterval!.Low);
        yield return $"The size of {open.Length} of {FindingText.Plural(known.Length, "circuit")} isn't determined within a factor of {SizeCurve.Resolution.ToString(CultureInfo.InvariantCulture)}.";
        if (widest?.SizeInterval is { High: { } high } interval)
        {
            yield return $"The least determined size, of {widest.Model} at step {widest.Step.ToString(CultureInfo.InvariantCulture)} for {Title(report, widest.Task)}, is anything from {FindingText.Number(interval.Low)} to {FindingText.Number(high)} edges before pruning.";
        }
    }

    /// <summary>Whether circuits shrink or grow from the first that a task has to the last, where the intervals of their sizes have nothing in common.</summary>
    private static IEnumerable<string> SizesAlongTraining(ReportDocument report)
    {
        List<string> shrink = [], grow = [];
        var (open, all) = (0, 0);
        foreach (var line in report.Cells.Where(HasKnownSize).GroupBy(c => (c.Task, c.Model)).Where(g => g.Count() > 1))
        {
            var (first, last) = (line.MinBy(c => c.Step)!.SizeInterval!, line.MaxBy(c => c.Step)!.SizeInterval!);
            all++;
            if (last.High < first.Low)
            {
                shrink.Add($"{Title(report, line.Key.Task)} in {line.Key.Model}");
            }
            else if (last.Low > first.High)
            {
                grow.Add($"{Title(report, line.Key.Task)} in {line.Key.Model}");
            }
            else
            {
                open++;
            }
        }

        if (shrink.Count > 0)
        {
            yield return $"From the first circuit of a task to the last, size falls for {FindingText.List(shrink)}.";
        }

        if (grow.Count > 0)
        {
            yield return $"From the first circuit of a task to the last, size grows for {FindingText.List(grow)}.";
        }

        if (open > 0)
        {
            yield return $"For {open} of {all} models and tasks the intervals of the first and the last size overlap, so that no change is shown.";
        }
    }

    /// <summary>How many pairs of consecutive circuits are different, the same and undecided, over what, and what became of the different ones in each other's place.</summary>
    private static IEnumerable<string> Verdicts(ReportDocument report)
    {
        var pairs = report.Trajectories.SelectMany(t => t.Differences.Prepend(t.Branch?.Difference).Where(d => d?.Across is not null).Select(d => (t.Model, Difference: d!))).ToArray();
        if (pairs.Length == 0)
        {
            yield break;
        }

        string Are(string verdict) => FindingText.Number(pairs.Count(p => p.Difference.Verdict == verdict), "is", "are");
        var models = report.Models.Select(m => (m.Name, Own: pairs.Where(p => p.Model == m.Name).ToArray())).Where(m => m.Own.Length > 0)
            .Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Own.Count(p => p.Difference.Verdict == "different")} of {m.Own.Length} in {m.Name}")).ToArray();
        var threshold = report.Analysis.Threshold;
        var different = pairs.Where(p => p.Difference.Verdict == "different").Select(p => p.Difference).ToArray();
        yield return $"Of {FindingText.Plural(pairs.Length, "pair")} of consecutive circuits, {Are("different")} different: {FindingText.List(models)}.";
        yield return $"Of the others, {Are("same")} the same, falling short of their noise ceiling by less than {CircuitDifference.Margin.ToString(CultureInfo.InvariantCulture)}, and {Are("undecided")} undecided.";
        if (different.Length > 0)
        {
            yield return $"{FindingText.Number(different.Count(d => d.Scope == "templates"), "difference holds", "differences hold")} over templates, {different.Count(d => d.Scope != "templates")} over prompts of the same templates.";
        }

        var untold = report.Trajectories.Sum(t => t.Differences.Count(d => d?.Verdict == "too-few-blocks"));
        if (untold > 0)
        {
            yield return $"{FindingText.Number(untold, "further pair has", "further pairs have")} too few blocks of examples to be judged.";
        }

        var tried = different.Where(d => d is { EarlierOnLater: not null, LaterOnEarlier: not null }).ToArray();
        if (tried.Length > 0)
        {
            yield return $"Of {FindingText.Plural(tried.Length, "different pair")} run on each other's model, the earlier circuit keeps {FindingText.Percent(threshold)} of the later model's metric in {tried.Count(d => d.EarlierOnLater >= threshold)}, "
                + $"the later one of the earlier's in {tried.Count(d => d.LaterOnEarlier >= threshold)}.";
        }
    }

    /// <summary>How much neighbouring circuits share late in training.</summary>
    private static IEnumerable<string> Similarity(ReportDocument report)
    {
        double[] late = [.. report.Trajectories.SelectMany(t => t.EdgeEwma.LastOrDefault(v => v is not null) is { } value ? (double[])[value] : [])];
        if (late.Length > 0)
        {
            yield return $"Late in training neighbouring checkpoints share {FindingText.Percents(late)} of their circuits' edges (Jaccard similarity, smoothed).";
        }
    }

    /// <summary>Whether the largest models' circuits are larger and steadier than the smallest ones', as far as tasks tell.</summary>
    private static IEnumerable<string> Growth(ReportDocument report)
    {
        if (report.Growth is not { } growth)
        {
            yield break;
        }

        var (small, large) = (FindingText.List(growth.Smallest), FindingText.List(growth.Largest));
        var ratio = $"{FindingText.Number(growth.NodeRatio)} times the nodes of those of {small}{Around(growth.NodeRatioInterval)}";
        yield return $"Circuits of {large} have {ratio}, over {FindingText.Plural(growth.Tasks, "task")}: {Direction(growth.NodeRatioInterval, 1, "they are larger", "they are smaller", "whether they are larger isn't determined")}.";
        if (growth.JaccardDifference is { } difference)
        {
            yield return $"The similarity of consecutive circuits of {large}, less that of {small}, is {Number(difference)}{Around(growth.JaccardDifferenceInterval)}: {Direction(growth.JaccardDifferenceInterval, 0, "they are steadier", "they are less steady", "whether they are steadier isn't determined")}.";
        }

        if (report.Scale.Select(s => s.NoCorrelation).FirstOrDefault(why => why is not null) is { } reason)
        {
            yield return $"No correlation with model size is given: {reason}.";
        }
    }

    /// <summary>How many cells have no circuit, by reason.</summary>
    private static IEnumerable<string> Missing(ReportDocument report)
    {
        var without = report.Cells.Where(c => c.Status == "no-task").ToArray();
        var (against, alike) = (without.Count(c => c.State == "against"), without.Count(c => c.State == "no-task" && c.MetricLow > Threshold(c)));
        var larger = report.Cells.Count(c => c.Status == "not-reached");
        var none = without.Length - against - alike;
        string[] reasons =
        [
            .. none > 0 ? (string[])[$"in {none} the model isn't seen to do the task"] : [],
            .. alike > 0 ? (string[])[$"in {alike} it does as much with everything ablated"] : [],
            .. against > 0 ? (string[])[$"in {against} it does the opposite"] : [],
            .. larger > 0 ? (string[])[$"in {larger} no circuit within the limit keeps enough"] : [],
        ];
        if (reasons.Length > 0)
        {
            yield return $"{without.Length + larger} of {FindingText.Plural(report.Cells.Length, "cell")} have no circuit that keeps the threshold: {FindingText.List(reasons)}.";
        }

        double? Threshold(ReportCell cell) => report.TaskOnsets.FirstOrDefault(o => o.Task == cell.Task)?.Threshold;
    }

    /// <summary>Whether the interval of a size says how rankings differ.</summary>
    private static bool HasKnownSize(ReportCell cell) => cell is { Status: "reached", SizeInterval.IncludesRanking: true };

    private static readonly ImmutableDictionary<string, string> OrderWords = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["before"] = "before it",
        ["with"] = "with it",
        ["after"] = "after it",
        ["undetermined"] = "the order isn't determined",
        ["gone"] = "seen earlier but gone when the task appears",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static readonly ImmutableDictionary<string, string> RoleWords = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["induction"] = "induction heads",
        ["previous-token"] = "previous-token heads",
        ["duplicate-token"] = "duplicate-token heads",
        ["successor"] = "successor heads",
        ["copying"] = "copying heads",
        ["negative-copying"] = "negative copying heads",
        ["copy-suppression"] = "copy suppression heads",
        ["s-inhibition"] = "S-inhibition heads",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static readonly ImmutableDictionary<string, string> CarrierWords = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["name-mover"] = "name movers",
        ["negative-name-mover"] = "negative name movers",
        ["copy-suppression"] = "copy suppression heads",
        ["negative-copy-suppression"] = "negative copy suppression heads",
    }.ToImmutableDictionary(StringComparer.Ordinal);

    private static IEnumerable<ReportCell> Finals(ReportDocument report) => report.Cells.GroupBy(c => (c.Task, c.Model)).Select(g => g.MaxBy(c => c.Step)!);

    private static string Title(ReportDocument report, string task) => report.Tasks.FirstOrDefault(t => t.Name == task)?.Title ?? task;

    /// <summary><c>in each of 3 models</c>, or the models by name.</summary>
    private static string In(ReportDocument report, IEnumerable<string> models)
    {
        string[] named = [.. models.Distinct(StringComparer.Ordinal)];
        return named.Length == report.Models.Length && named.Length > 1 ? $"in each of {named.Length} models" : $"in {FindingText.List(named)}";
    }

    /// <summary>An interval of no width says nothing of what isn't known, and isn't shown.</summary>
    private static string Around(ReportInterval? interval) => interval is null || Number(interval.Low) == Number(interval.High) ? "" : $" [{Number(interval.Low)}, {Number(interval.High)}]";

    private static string Number(double value) => FindingText.Number(value).Replace('-', '−');

    private static string Direction(ReportInterval? interval, double nothing, string above, string below, string unknown) =>
        interval is null ? unknown : interval.Low > nothing ? above : interval.High < nothing ? below : unknown;
}
