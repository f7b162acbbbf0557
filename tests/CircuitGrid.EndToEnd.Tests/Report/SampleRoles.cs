using System.Collections.Immutable;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>Invented roles of the heads of sample models: some before their task, some after it, one that no head plays.</summary>
internal static class SampleRoles
{
    private const double Share = 0.33;

    /// <summary>Roles with their task and the logarithm of the tokens by which half of the score is there; none for the one that no head plays.</summary>
    private static readonly (string Role, string Task, double? Middle)[] Roles =
        [("induction", "greater-than", 14.6), ("copying", "ioi", 12.2), ("copy-suppression", "ioi", 13.85), ("s-inhibition", "ioi", null)];

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

    /// <summary>Learned at a fixed checkpoint, with an interval of one checkpoint to either side.</summary>
    public static ReportTaskOnset TaskOnset(string model, string task, IReadOnlyList<int> steps, int tokensPerStep)
    {
        var at = Math.Min(9, steps.Count - 1);
        double Tokens(int index) => (double)steps[Math.Clamp(index, 0, steps.Count - 1)] * tokensPerStep;
        return new(model, task, new(Tokens(at), Tokens(at - 1), Tokens(at + 1), Tokens(at) * 0.95, Tokens(at - 1), Tokens(at + 1)));
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
            Scores = scores,
            ProfileInterval = role.Middle is null ? [] : [.. Enumerable.Range(0, graph.Layers).Select(layer => new ReportInterval(0.5 / graph.Layers, 1.0 / graph.Layers))],
            Profile = [.. Enumerable.Range(0, graph.Layers).Select(layer => role.Middle is null ? 0 : 1.0 / graph.Layers)],
            MeanDepth = role.Middle is null ? null : 0.5,
        };
    }

    private static ReportOnset Onset(ImmutableArray<double?> score, long[] tokens)
    {
        var highest = score.Max() ?? 0;
        var at = highest > 0 ? Enumerable.Range(0, tokens.Length).First(t => score[t] >= Share * highest) : -1;
        return at < 0 ? new(null, null, null, null, null, null) : new(tokens[at], tokens[Math.Max(0, at - 1)], tokens[at], tokens[at] * 0.9, null, null);
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
