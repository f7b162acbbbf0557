using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Graphs.Tests;

/// <summary>Circuits of small graphs, drawn at random.</summary>
internal static class Samples
{
    public static CircuitGraph Graph { get; } = new(new GraphShape(2, 2, Parallel: true, 8));

    public static float[] Scores(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Graph.Edges).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>Edges chosen at random, dead ends and all.</summary>
    public static int[] Edges(int seed)
    {
        var random = new Random(seed);
        var share = random.NextDouble();
        return [.. Enumerable.Range(0, Graph.Edges).Where(_ => random.NextDouble() < share)];
    }

    public static Circuit Circuit(int seed) => CircuitGrid.Circuits.Graph.Circuit.Prune(Graph, Edges(seed));
}
