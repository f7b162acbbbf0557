using System.Numerics;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class RandomOverlapTests
{
    [Fact]
    public void ExpectedJaccard_OfEverySize_IsTheMeanOverAllSets()
    {
        const int edges = 7;
        for (var first = 0; first <= edges; first++)
        {
            for (var second = 0; second <= edges; second++)
            {
                var pairs = from a in Enumerable.Range(0, 1 << edges)
                            where BitOperations.PopCount((uint)a) == first
                            from b in Enumerable.Range(0, 1 << edges)
                            where BitOperations.PopCount((uint)b) == second
                            select (a | b) == 0 ? 0 : (double)BitOperations.PopCount((uint)(a & b)) / BitOperations.PopCount((uint)(a | b));
                Assert.Equal(pairs.Average(), RandomOverlap.ExpectedJaccard(edges, first, second), 12);
            }
        }
    }

    [Fact]
    public void ExpectedJaccard_OfALargeGraph_IsNearTheRatioOfExpectations()
    {
        // E|A ∩ B| = 79592²/1591857 and Jensen's gap vanishes with size
        var shared = 79_592.0 * 79_592 / 1_591_857;
        Assert.Equal(shared / ((2 * 79_592) - shared), RandomOverlap.ExpectedJaccard(1_591_857, 79_592, 79_592), 1e-5);
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomOverlap.ExpectedJaccard(5, 6, 1));
    }

    [Fact]
    public void Correct_ChanceAndIdentity_AreNoughtAndOne()
    {
        Assert.Equal(0, RandomOverlap.Correct(0.2, 0.2));
        Assert.Equal(1, RandomOverlap.Correct(1, 0.2));
        Assert.Equal(0.375, RandomOverlap.Correct(0.5, 0.2), 12);
        Assert.True(double.IsNaN(RandomOverlap.Correct(1, 1)));
    }

    /// <summary>All sets of edges with the same degrees are listed; the chain visits each about as often.</summary>
    [Fact]
    public void DegreePreserving_OfASmallGraph_ReachesEverySetAlike()
    {
        var graph = new CircuitGraph(new GraphShape(2, 1, Parallel: true, 8));
        Assert.Equal(21, graph.Edges);
        string[] names = ["input->a0.h0<v>", "a0.h0->a1.h0<k>", "m0->m1", "input->a1.h0<q>", "a1.h0->logits", "m1->logits", "input->m0"];
        var circuit = BitMask.FromIndices(graph.Edges, names.Select(n => GraphNames.FindEdge(graph, n)));
        var same = Enumerable.Range(0, 1 << graph.Edges)
            .Where(s => BitOperations.PopCount((uint)s) == names.Length)
            .Select(s => BitMask.FromWords(graph.Edges, [(ulong)s]))
            .Where(s => Degrees(graph, s) == Degrees(graph, circuit))
            .ToList();
        Assert.Equal(6, same.Count);

        const int draws = 20_000;
        var visits = RandomOverlap.DegreePreserving(graph, circuit, new BootstrapOptions { RandomCircuits = draws }).CountBy(s => s).ToDictionary();
        Assert.Equal(same.Count, visits.Count);
        Assert.All(same, s => Assert.InRange(visits[s], 0.7 * draws / same.Count, 1.3 * draws / same.Count));
    }

    [Fact]
    public void DegreePreserving_Draws_KeepDegreesAndAreSeeded()
    {
        var circuit = BitMask.FromIndices(SimulatedBlocks.Graph.Edges, Enumerable.Range(0, SimulatedBlocks.Graph.Edges).Where(e => e % 3 == 0));
        var draws = RandomOverlap.DegreePreserving(SimulatedBlocks.Graph, circuit);
        Assert.All(draws, d => Assert.Equal(Degrees(SimulatedBlocks.Graph, circuit), Degrees(SimulatedBlocks.Graph, d)));
        Assert.True(draws.Distinct().Count() > 40);
        Assert.Equal(draws, RandomOverlap.DegreePreserving(SimulatedBlocks.Graph, circuit));
        Assert.NotEqual(draws, RandomOverlap.DegreePreserving(SimulatedBlocks.Graph, circuit, new BootstrapOptions { Seed = 2 }));
        Assert.All(RandomOverlap.DegreePreserving(SimulatedBlocks.Graph, BitMask.Empty(SimulatedBlocks.Graph.Edges)), d => Assert.Equal(0, d.Count));
    }

    [Fact]
    public void MeanJaccard_OfTwoSeries_IsOverAllPairs()
    {
        var (a, b) = (BitMask.FromIndices(4, [0, 1]), BitMask.FromIndices(4, [1, 2]));
        Assert.Equal((1 + (1.0 / 3)) / 2, RandomOverlap.MeanJaccard([a], [a, b]), 12);
    }

    private static string Degrees(CircuitGraph graph, BitMask set)
    {
        var degrees = new int[graph.Sources + graph.Slots];
        foreach (var edge in set.Indices())
        {
            degrees[graph.EdgeSources[edge]]++;
            degrees[graph.Sources + graph.EdgeSlots[edge]]++;
        }

        return string.Join(' ', degrees);
    }
}
