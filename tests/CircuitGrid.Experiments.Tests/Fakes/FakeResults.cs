using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>Results that could be real.</summary>
internal static class FakeResults
{
    public static Provenance Provenance { get; } = new()
    {
        Seconds = 1,
        LoadSeconds = 1,
        Work = 1,
        Threads = 1,
        Host = "",
        Device = "",
        Program = "",
        Started = default,
        Finished = default,
    };

    /// <summary>Head scores of two layers of three heads.</summary>
    public static HeadScores Heads(int seed, bool effects = true, IReadOnlyList<HeadIndex>? circuit = null)
    {
        var random = new Random(seed);
        HeadTable Table() => HeadTable.Of(2, 3, (_, _) => random.NextDouble());
        ImmutableArray<double> Values(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
        HeadTable Scores(HeadRole role) => role switch
        {
            HeadRole.Induction => new(3, Values(6)) { Samples = new(5, Values(30), Values(5)) },
            HeadRole.Successor => Table(),
            _ => new(3, Values(6)) { Samples = new(4, Values(24), Values(24)) },
        };
        IoiAlgorithmResult Algorithm()
        {
            var result = new IoiAlgorithmResult(
                [new(0, 1), new(1, 2)], [], [new(1, 0)], [new(0, 0)], Scores(HeadRole.Induction), seed % 2 == 0 ? null : Scores(HeadRole.Induction), InCircuit: null, AllHeads: null!);
            return result with
            {
                AllHeads = IoiAlgorithmShares.Of(result, [new(0, 2)], [new(0, 0)], [], Table(), _ => true),
                InCircuit = circuit is null ? null : IoiAlgorithmShares.Of(result, [new(0, 2)], [], [new(0, 1)], seed % 3 == 0 ? null : Table(), circuit.Contains),
            };
        }

        return new()
        {
            Roles = new[] { HeadRole.Induction, HeadRole.Successor, HeadRole.SInhibition }.ToImmutableSortedDictionary(r => r, Scores),
            Ioi = effects ? Algorithm() : null,
            Notes = ["2 of 7 days", "häufig"],
        };
    }

    /// <summary>The scores with samples of successors, list by list, where there are several lists.</summary>
    public static HeadScores WithSuccessors(this HeadScores scores, ImmutableArray<SuccessorList> lists)
    {
        if (lists.Length < 2)
        {
            return scores;
        }

        var table = scores.Roles[HeadRole.Successor];
        ImmutableArray<double> right = [.. Enumerable.Range(0, table.Values.Length).SelectMany(head => lists.Select(list => (double)((head + list.Pairs[0].Token) % (list.Pairs.Length + 1))))];
        return scores with
        {
            Roles = scores.Roles.SetItem(HeadRole.Successor, new(table.Heads, table.Values) { Samples = new(lists.Length, right, [.. lists.Select(l => (double)l.Pairs.Length)]) }),
        };
    }

    /// <param name="scatter">How far the blocks' scores lie from the cell's at most; they have nothing to do with these where it isn't given.</param>
    public static CellResult Make(GraphShape shape, int seed, double skill = 3, int examples = 12, int blocks = 4, double? scatter = null)
    {
        var random = new Random(seed);
        var graph = new CircuitGraph(shape);
        var metrics = Enumerable.Range(0, examples).Select(_ => skill + random.NextDouble() - 0.5).ToArray();
        var ablated = metrics.Select(m => -m).ToArray();
        var status = !CellResult.HasTask(MeanInterval.Of(metrics), MetricKind.LogitDifference, new(metrics.Average(), ablated.Average()), 0.8) ? CellStatus.NoTask
            : random.Next(5) == 0 ? CellStatus.NotReached
            : CellStatus.Reached;
        var scores = Scores(random, graph.Edges);
        var ranking = EdgeRanking.Create(graph, scores, SelectionRule.Greedy);
        var budgets = status == CellStatus.NoTask ? [] : Enumerable.Range(0, 3).Select(_ => random.Next(1, graph.Edges + 1)).Distinct().Order().ToArray();
        var budget = budgets is [] ? 0 : budgets[random.Next(budgets.Length)];
        var circuit = ranking.Select(budget);
        return new()
        {
            Graph = shape,
            Status = status,
            Metrics = [.. metrics],
            AblatedMetrics = [.. ablated],
            Found = new(metrics.Average(), ablated.Average()),
            Judged = new(metrics[0], ablated[0]),
            BlockCounts = [.. Enumerable.Range(0, blocks).Select(b => Enumerable.Range(0, examples).Count(e => BlockScores.BlockOf(e, examples, blocks) == b))],
            BlockScores = [.. Enumerable.Range(0, blocks).SelectMany(_ => scatter is { } far ? Around(scores, Scores(random, graph.Edges), far) : Scores(random, graph.Edges))],
            Scores = [.. scores],
            Sizes = [.. budgets.Select(b => new SizePoint(b, ranking.Select(b).EdgeCount, ranking.Select(b).NodeCount, random.NextDouble(), random.NextDouble()))],
            SizeMetrics = [.. Enumerable.Range(0, budgets.Length * blocks).Select(_ => random.NextDouble() * skill)],
            Budget = budget,
            Edges = BitMask.FromIndices(graph.Edges, circuit.EdgeIndices()),
            Nodes = BitMask.FromIndices(graph.Nodes, circuit.NodeIndices()),
        };
    }

    /// <summary>The same, as evaluated by two rankings.</summary>
    public static CellResult WithHalves(CellResult result, int seed)
    {
        var random = new Random(seed);
        ImmutableArray<int> halves = [.. Enumerable.Range(0, result.BlockCounts.Length).Select(b => b % 2 == 1 ? -1 : b / 2 % 2)];
        return halves.Contains(1) && result.Chosen is not null
            ? result with { Halves = halves, HalfMetrics = [.. result.SizeMetrics.Select((m, i) => halves[i % halves.Length] < 0 ? 0 : m + (0.2 * random.NextDouble()))] }
            : result;
    }

    private static IEnumerable<float> Around(float[] scores, float[] noise, double scatter) => scores.Zip(noise, (score, n) => (float)(score + (scatter * (n - 0.1))));

    private static float[] Scores(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.4))];
}
