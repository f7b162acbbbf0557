using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Benchmarks.Comparison;

/// <summary>
/// A trajectory of all 154 Pythia checkpoints with circuits of 5 % of pythia-2.8b's graph: from scratch, and one more checkpoint. Both
/// include everything a checkpoint adds: its row of the overlap matrices, the weighted similarity with its neighbours, and the averages.
/// </summary>
internal static class TrajectoryTiming
{
    private const int Checkpoints = 154;

    public static int Run()
    {
        var graph = new CircuitGraph(new GraphShape(Layers: 32, Heads: 32, Parallel: true, Width: 2560));
        var points = Enumerable.Range(0, Checkpoints + 1).Select(i => Point(graph, i)).ToArray();
        var (whole, row) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var repetition = 0; repetition < 3; repetition++)
        {
            var trajectory = new Trajectory(new ComparisonOptions());
            var start = Stopwatch.GetTimestamp();
            foreach (var point in points.AsSpan(0, Checkpoints))
            {
                trajectory.Add(point);
            }

            whole = Math.Min(whole, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            trajectory.Add(points[^1]);
            row = Math.Min(row, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Checkpoints} × {Checkpoints} circuits of {graph.Edges:N0} edges: {whole:F3} s from scratch, {row * 1000:F1} ms for one more"));
        return 0;
    }

    private static TrajectoryPoint Point(CircuitGraph graph, int seed)
    {
        var random = new Random(seed);
        var edges = new bool[graph.Edges];
        for (var i = 0; i < edges.Length / 20; i++)
        {
            edges[random.Next(edges.Length)] = true;
        }

        var scores = ImmutableArray.Create(Enumerable.Range(0, graph.Edges).Select(_ => random.NextSingle() - 0.5f).ToArray());
        return new TrajectoryPoint
        {
            Step = seed,
            Tokens = seed,
            Status = CellStatus.Reached,
            Metric = new MeanInterval(1, 1, 1),
            Edges = BitMask.Of(edges),
            Nodes = BitMask.Of([.. Enumerable.Range(0, graph.Nodes).Select(_ => random.Next(2) == 0)]),
            Scores = () => scores,
        };
    }
}
