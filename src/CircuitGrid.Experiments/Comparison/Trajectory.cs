using System.Runtime.InteropServices;
using CircuitGrid.Circuits.Similarity;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>Two consecutive included checkpoints of a trajectory (method, §8.1).</summary>
/// <param name="From">The earlier one's step; the pair is drawn there.</param>
/// <param name="To">The later one's step.</param>
/// <param name="Edges">Jaccard similarity of their edges.</param>
/// <param name="Nodes">Jaccard similarity of their nodes.</param>
/// <param name="Weighted">Weighted Jaccard similarity of all their edges' scores.</param>
/// <param name="EdgeAverage">EWMA of <paramref name="Edges"/> up to here.</param>
/// <param name="NodeAverage">EWMA of <paramref name="Nodes"/> up to here.</param>
/// <param name="WeightedInCircuits">Weighted Jaccard similarity of the scores of the edges in their circuits.</param>
public readonly record struct TrajectoryPair(
    int From, int To, double Edges, double Nodes, double Weighted, double EdgeAverage, double NodeAverage, double WeightedInCircuits);

/// <summary>
/// The circuits of one model and task along training, compared. Checkpoints may come in any order: a new one adds a row to the overlap
/// matrices and recomputes only what follows it, and the outcome is the same to the last bit as from scratch. Not safe for several threads.
/// </summary>
public sealed class Trajectory(ComparisonOptions options)
{
    private readonly List<TrajectoryPoint> points = [];

    /// <summary>Row of each point in the triangles below, in the order of <see cref="points"/>.</summary>
    private readonly List<int> rows = [];

    /// <summary>|A ∩ B| of rows a ≥ b at [a][b]; a row once given is never moved.</summary>
    private readonly List<int[]> edgeIntersections = [];

    private readonly List<int[]> nodeIntersections = [];
    private List<TrajectoryPair> pairs = [];

    /// <summary>All checkpoints, by step.</summary>
    public IReadOnlyList<TrajectoryPoint> Points => points;

    /// <summary>The pairs of consecutive included checkpoints, by step.</summary>
    public IReadOnlyList<TrajectoryPair> Pairs => pairs;

    /// <summary>Whether a checkpoint takes part in averages and sizes.</summary>
    public bool IsIncluded(TrajectoryPoint point) => !point.IsLeftOut && options.Includes(point.Status);

    /// <summary>Overlap of the edges of checkpoints <paramref name="i"/> and <paramref name="j"/> of <see cref="Points"/>.</summary>
    public Overlap EdgeOverlap(int i, int j) => new(Intersection(edgeIntersections, i, j), points[i].Edges.Count, points[j].Edges.Count);

    /// <summary>Overlap of the nodes of checkpoints <paramref name="i"/> and <paramref name="j"/> of <see cref="Points"/>.</summary>
    public Overlap NodeOverlap(int i, int j) => new(Intersection(nodeIntersections, i, j), points[i].Nodes.Count, points[j].Nodes.Count);

    /// <summary>Takes in a checkpoint, in place of an earlier result of the same step if there is one.</summary>
    /// <exception cref="ArgumentException">Its circuit is of another graph than the others'.</exception>
    public void Add(TrajectoryPoint point)
    {
        if (points.Count > 0 && points[0].Edges.Length != point.Edges.Length)
        {
            throw new ArgumentException($"Step {point.Step} has a graph of {point.Edges.Length} edges, step {points[0].Step} one of {points[0].Edges.Length}.", nameof(point));
        }

        var index = points.BinarySearch(point, ByStep.Instance);
        if (index >= 0)
        {
            points[index] = point;
        }
        else
        {
            index = ~index;
            points.Insert(index, point);
            rows.Insert(index, edgeIntersections.Count);
            edgeIntersections.Add(new int[edgeIntersections.Count + 1]);
            nodeIntersections.Add(new int[nodeIntersections.Count + 1]);
        }

        for (var other = 0; other < points.Count; other++)
        {
            Intersection(edgeIntersections, index, other) = point.Edges.OverlapWith(points[other].Edges).Intersection;
            Intersection(nodeIntersections, index, other) = point.Nodes.OverlapWith(points[other].Nodes).Intersection;
        }

        UpdatePairs(point.Step);
    }

    private ref int Intersection(List<int[]> triangle, int i, int j)
    {
        var (a, b) = (rows[i], rows[j]);
        return ref triangle[Math.Max(a, b)][Math.Min(a, b)];
    }

    /// <summary>Pairs that end before <paramref name="changed"/> stay; those that start after it keep their similarities, with new averages.</summary>
    private void UpdatePairs(int changed)
    {
        var old = pairs;
        pairs = new(points.Count);
        var included = Enumerable.Range(0, points.Count).Where(i => IsIncluded(points[i])).ToArray();
        var oldAt = 0;
        for (var k = 0; k + 1 < included.Length; k++)
        {
            var (i, j) = (included[k], included[k + 1]);
            var (from, to) = (points[i].Step, points[j].Step);
            if (!string.Equals(points[i].Settings, points[j].Settings, StringComparison.Ordinal))
            {
                continue;
            }

            while (oldAt < old.Count && old[oldAt].From < from)
            {
                oldAt++;
            }

            var isKnown = oldAt < old.Count && old[oldAt].From == from && old[oldAt].To == to && from != changed && to != changed;
            pairs.Add(isKnown ? old[oldAt] : Compare(i, j));
        }

        var first = pairs.FindIndex(p => p.To >= changed);
        if (first >= 0)
        {
            Average(CollectionsMarshal.AsSpan(pairs), first);
        }
    }

    private TrajectoryPair Compare(int i, int j)
    {
        var (first, second) = (points[i].Scores(), points[j].Scores());
        return new(
            points[i].Step,
            points[j].Step,
            EdgeOverlap(i, j).Jaccard,
            NodeOverlap(i, j).Jaccard,
            WeightedJaccard.Of(first.AsSpan(), second.AsSpan()),
            EdgeAverage: 0,
            NodeAverage: 0,
            WeightedJaccard.InCircuits(first.AsSpan(), points[i].Edges, second.AsSpan(), points[j].Edges));
    }

    private static void Average(Span<TrajectoryPair> pairs, int from)
    {
        for (var t = from; t < pairs.Length; t++)
        {
            ref var pair = ref pairs[t];
            pair = t == 0 || pairs[t - 1].To != pair.From
                ? pair with { EdgeAverage = pair.Edges, NodeAverage = pair.Nodes }
                : pair with
                {
                    EdgeAverage = ExponentialAverage.Next(pairs[t - 1].EdgeAverage, pair.Edges),
                    NodeAverage = ExponentialAverage.Next(pairs[t - 1].NodeAverage, pair.Nodes),
                };
        }
    }

    private sealed class ByStep : IComparer<TrajectoryPoint>
    {
        public static ByStep Instance { get; } = new();

        public int Compare(TrajectoryPoint? x, TrajectoryPoint? y) => x!.Step.CompareTo(y!.Step);
    }
}
