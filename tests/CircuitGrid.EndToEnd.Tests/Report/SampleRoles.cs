using System.Collections.Immutable;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>Invented roles of the heads of sample models: some before their task, some after it, one that no head plays.</summary>
internal static class SampleRoles
{
    private const double Share = 0.33;

    /// <summary>The first checkpoint with a task.</summary>
    private const int TaskCheckpoint = 9;

    /// <summary>Roles with their task and the logarithm of the tokens by which half of the score is there; none for the one that no head plays.</summary>
    private static readonly (string Role, string Task, double? Middle)[] Roles =
        [("induction", "greater-than", 14.6), ("copying", "ioi", 12.2), ("copy-suppression", "ioi", 14.0), ("s-inhibition", "ioi", null)];

    public static ReportModelRoles Of(SampleModel model, IReadOnlyList<int> steps, int tokensPerStep)
    {
        var tokens = steps.Select(step => (long)step * tokensPerStep).ToArray();
        return new()
        {
            Model = model.Name,
            Steps = [.. steps],
            Tokens = [.. tokens],
            Roles = [.. Roles.Select((role, index) => Role(model.Graph, role, index, tokens))],
            Algorithm = [.. tokens.Select((_, t) => t < tokens.Length / 2 ? null : Algorithm(t, tokens.Length))],
        };
    }

    /// <summary>The first head of the smaller model matches the last of the larger one, and so on.</summary>
    public static ReportRolePair Pair(SampleModel first, SampleModel second, bool areNeighbours) => new(
        first.Name,
        second.Name,
        [.. Roles.Select((role, index) => new ReportRoleDistance(role.Role, role.Middle is null ? null : 0.1 * (index + 1)))],
        areNeighbours ? [.. Names(first.Graph).Zip(Names(second.Graph).Reverse(), (a, b) => new ReportHeadMatch(a, b, 0.25))] : []);

    /// <summary>Learned between two fixed checkpoints.</summary>
    public static ReportTaskOnset TaskOnset(string model, string task, IReadOnlyList<int> steps, int tokensPerStep)
    {
        var at = Math.Min(TaskCheckpoint, steps.Count - 1);
        double Tokens(int index) => (double)steps[Math.Clamp(index, 0, steps.Count - 1)] * tokensPerStep;
        return new(model, task, 0.1, new()
        {
            After = at == 0 ? null : new(steps[at - 1], Tokens(at - 1)),
            By = new(steps[at], Tokens(at)),
            Shown = Math.Min(3, steps.Count - at),
            LostAt = null,
            BackBy = null,
            HasIntervals = true,
            ThirdOfMaximum = Tokens(at),
            Midpoint = Tokens(at) * 0.95,
            MidpointLow = Tokens(at - 1),
            MidpointHigh = Tokens(at + 1),
            Fit = "converged",
        });
    }

    private static ReportRole Role(SampleGraph graph, (string Role, string Task, double? Middle) role, int index, long[] tokens)
    {
        var heads = graph.Layers * graph.Heads;
        double Score(int head, long at) => role.Middle is not { } middle ? 0 : Math.Round((1 - head / (heads + 1.0)) / (1 + Math.Exp((middle + 0.02 * head - Math.Log(at + 1.0)) / 0.15)), 4);
        var scores = tokens.Select(at => Enumerable.Range(0, heads).Select(head => Score((head + index) % heads, at)).ToImmutableArray()).ToImmutableArray();
        var highest = scores.Max(row => row.Max());
        var having = scores.Select(row => Enumerable.Range(0, heads).Where(head => highest > 0 && row[head] >= Share * highest).ToImmutableArray()).ToImmutableArray();
        int? first = having.FirstOrDefault(set => set.Length > 0) is { IsDefaultOrEmpty: false } set ? set[0] : null;
        var score = scores.Select(row => first is { } head ? row[head] : (double?)null).ToImmutableArray();
        var onset = Onset(score, tokens);
        return new()
        {
            Role = role.Role,
            Task = role.Task,
            FirstHead = first is { } one ? Name(graph, one) : null,
            Score = score,
            ScoreInterval = [.. score.Select(value => value is { } known ? new ReportInterval(0.9 * known, 1.05 * known) : null)],
            CircuitSum = [.. score.Select((value, t) => t < 2 ? null : value)],
            CircuitSumInterval = [.. score.Select((value, t) => t < 2 || value is not { } known ? null : new ReportInterval(0.8 * known, 1.1 * known))],
            HeadsBetween = [.. having.Select(set => new ReportInterval(Math.Max(0, set.Length - 1), set.Length + 2))],
            Heads = having,
            Turnover = [.. having.Select((set, t) => t == 0 ? null : Turnover(having, t))],
            Onset = onset,
            CircuitOnset = onset,
            Order = Order(onset, tokens),
            CircuitOrder = Order(onset, tokens),
            Scores = scores,
            ProfileInterval = role.Middle is null ? [] : [.. Enumerable.Range(0, graph.Layers).Select(layer => new ReportInterval(0.5 / graph.Layers, 1.0 / graph.Layers))],
            Profile = [.. Enumerable.Range(0, graph.Layers).Select(layer => role.Middle is null ? 0 : 1.0 / graph.Layers)],
            MeanDepth = role.Middle is null ? null : 0.5,
        };
    }

    /// <summary>From the first checkpoint above the threshold on; one that is seen has a fit too, with an interval around it.</summary>
    private static ReportOnset Onset(ImmutableArray<double?> score, long[] tokens)
    {
        var at = Enumerable.Range(0, tokens.Length).Cast<int?>().FirstOrDefault(t => score[t!.Value] > 0.1);
        ReportMoment? Moment(int? t) => t is >= 0 and var known ? new(known, tokens[known]) : null;
        return new()
        {
            After = at is null ? Moment(tokens.Length - 1) : Moment(at - 1),
            By = Moment(at),
            Shown = at is { } first ? Math.Min(3, tokens.Length - first) : 0,
            LostAt = null,
            BackBy = null,
            HasIntervals = true,
            ThirdOfMaximum = at is null ? null : tokens[at.Value],
            Midpoint = at is null ? null : tokens[at.Value] * 0.9,
            MidpointLow = at is null ? null : tokens[at.Value] * 0.85,
            MidpointHigh = at is null ? null : tokens[at.Value] * 0.95,
            Fit = at is null ? "no-rise" : "converged",
        };
    }

    /// <summary>Against a task that appears between two checkpoints.</summary>
    private static string Order(ReportOnset onset, long[] tokens)
    {
        var at = Math.Min(TaskCheckpoint, tokens.Length - 1);
        return onset.By is not { } by ? "not-seen" : by.Tokens < tokens[at] ? "before" : by.Tokens == tokens[at] ? "with" : "after";
    }

    private static ReportTurnover Turnover(ImmutableArray<ImmutableArray<int>> having, int t)
    {
        var (before, now) = (having[t - 1], having[t]);
        var common = before.Intersect(now).Count();
        var all = before.Length + now.Length - common;
        return new(all == 0 ? 0 : (double)common / all, now.Length - common, before.Length - common, having.Take(t + 1).SelectMany(set => set).Distinct().Count());
    }

    /// <summary>Early checkpoints have no name movers, so no C and no D, and the first of them no circuit either.</summary>
    private static ReportAlgorithm Algorithm(int t, int count)
    {
        var early = t < count * 3 / 4;
        ReportAlgorithmShares Shares(double percent) => new(
            new(percent, 1.5 * percent) { AbsoluteInterval = new(0.9 * percent, 1.1 * percent), SignedInterval = new(percent, 2 * percent) }, early ? null : new(percent / 2, -percent), early ? null : new(percent / 4, percent), early ? [] : ["a1.h0"], [], []);
        return new(t == count / 2 ? null : Shares(80), Shares(60), early ? [] : ["a1.h2"], [], ["a1.h1"], []);
    }

    private static IEnumerable<string> Names(SampleGraph graph) => Enumerable.Range(0, graph.Layers * graph.Heads).Select(head => Name(graph, head));

    private static string Name(SampleGraph graph, int head) => $"a{head / graph.Heads}.h{head % graph.Heads}";
}
