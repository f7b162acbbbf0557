using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Block means drawn around known means.</summary>
internal static class SimulatedBlocks
{
    public static CircuitGraph Graph { get; } = new(new GraphShape(2, 3, Parallel: true, 8));

    public static CircuitRule Rule { get; } = new(SelectionRule.Greedy, Absolute: true, Budget: 15);

    /// <summary>Few strong edges and many weak ones.</summary>
    public static double[] Means(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Graph.Edges).Select(_ => Math.Pow(random.NextDouble(), 3) * 2)];
    }

    /// <param name="means">The known means.</param>
    /// <param name="noise">Standard deviation of a block's mean.</param>
    /// <param name="random">Source of the noise.</param>
    /// <param name="blocks">Number of blocks.</param>
    public static BlockMeans Draw(double[] means, double noise, Random random, int blocks = 32) => new(
        Graph,
        [.. Enumerable.Range(0, blocks).SelectMany(_ => means.Select(m => (float)(m + (noise * Gaussian(random)))))],
        [.. Enumerable.Repeat(2, blocks)]);

    public static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Every block a sampling unit.</summary>
    public static ImmutableArray<ImmutableArray<int>> All(BlockMeans means) => Each(means.Blocks);

    /// <inheritdoc cref="All"/>
    public static ImmutableArray<ImmutableArray<int>> Each(int blocks) => BlockUnits.Each(blocks).Groups(Enumerable.Range(0, blocks));

    /// <summary>The same with how circuits are taken.</summary>
    public static UnitScores Units(BlockMeans means) => new(means, All(means), Rule);
}
