using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using FsCheck;
using FsCheck.Fluent;
using QuikGraph;

namespace CircuitGrid.Graphs.Tests;

public sealed class CircuitGraphsTests
{
    [Fact]
    public void ToGraph_OfACircuit_HasItsNodesEdgesAndScores()
    {
        var circuit = Circuit.Full(Samples.Graph);
        var scores = Samples.Scores(1);
        var graph = CircuitGraphs.ToGraph(circuit, scores);
        Assert.Equal(circuit.NodeIndices().Select(n => GraphNames.Node(Samples.Graph, n)), graph.Vertices.Select(v => v.Name));
        Assert.Equal(circuit.EdgeCount, graph.EdgeCount);
        Assert.All(graph.Edges, e => Assert.Equal(scores[GraphNames.FindEdge(Samples.Graph, e.Name)], e.Score));
        Assert.Equal(3, graph.Edges.Count(e => e.Source.Name == "m0" && e.Target.Name == "a1.h0"));
        Assert.Throws<ArgumentException>(() => CircuitGraphs.ToGraph(circuit, scores.AsSpan(1)));
    }

    [Fact]
    public void StrongestPaths_OnRandomCircuits_AreTheBestOfAllPaths() => Seeds(seed =>
    {
        var graph = CircuitGraphs.ToGraph(Samples.Circuit(seed), Samples.Scores(seed));
        var all = AllPaths(graph).OrderByDescending(p => p.Strength).ToList();
        foreach (var count in new[] { 1, 5, 1000 })
        {
            var found = CircuitGraphs.StrongestPaths(graph, count);
            Assert.Equal(all.Take(count).Select(p => p.Strength), found.Select(p => p.Strength));
            Assert.Equal(found.Count, found.Select(p => p.ToString()).Distinct(StringComparer.Ordinal).Count());
            Assert.All(found, p => Assert.Contains(p.ToString(), all.Select(a => a.ToString())));
        }
    });

    [Fact]
    public void StrongestPaths_OfEqualStrength_ComeShortestFirst()
    {
        var circuit = Circuit.Full(Samples.Graph);
        var scores = Enumerable.Repeat(-2f, Samples.Graph.Edges).ToArray();
        var paths = CircuitGraphs.StrongestPaths(CircuitGraphs.ToGraph(circuit, scores), 30);
        Assert.Equal("input->logits", paths[0].ToString());
        Assert.All(paths, p => Assert.Equal(1, p.Strength));
        Assert.Equal(paths.Select(p => p.Edges.Length).Order(), paths.Select(p => p.Edges.Length));
    }

    [Fact]
    public void StrongestPaths_WithoutAWay_AreNone()
    {
        Assert.Empty(CircuitGraphs.StrongestPaths(CircuitGraphs.ToGraph(Circuit.Prune(Samples.Graph, []), Samples.Scores(1)), 3));
        Assert.Empty(CircuitGraphs.StrongestPaths(CircuitGraphs.ToGraph(Circuit.Full(Samples.Graph), new float[Samples.Graph.Edges]), 3));
    }

    /// <summary>In a circuit, pruned by other means, everything lies between input and logits, and hangs together.</summary>
    [Fact]
    public void Reachability_OfPrunedCircuits_IsAll() => Seeds(seed =>
    {
        var circuit = Samples.Circuit(seed);
        var graph = CircuitGraphs.ToGraph(circuit, Samples.Scores(seed));
        if (circuit.EdgeCount > 0)
        {
            Assert.Equal(graph.VertexCount, CircuitGraphs.ReachedFromInput(graph).Count);
            Assert.Equal(graph.VertexCount, CircuitGraphs.ReachingLogits(graph).Count);
            Assert.Single(CircuitGraphs.Components(graph));
        }
    });

    /// <summary>What lies between input and logits of any set of edges is what pruning leaves of it.</summary>
    [Fact]
    public void Reachability_OfAnyEdges_SaysWhatPruningKeeps() => Seeds(seed =>
    {
        var edges = Samples.Edges(seed);
        var graph = new BidirectionalGraph<CircuitNode, ScoredEdge>(allowParallelEdges: true);
        var full = CircuitGraphs.ToGraph(Circuit.Full(Samples.Graph), Samples.Scores(seed));
        graph.AddVertexRange(full.Vertices);
        graph.AddEdgeRange(full.Edges.Where(e => edges.Contains(e.Index)));
        var between = CircuitGraphs.ReachedFromInput(graph).Intersect(CircuitGraphs.ReachingLogits(graph)).ToHashSet();
        var kept = graph.Edges.Where(e => between.Contains(e.Source) && between.Contains(e.Target)).Select(e => e.Index).Order();
        Assert.Equal(Circuit.Prune(Samples.Graph, edges).EdgeIndices(), kept);
    });

    [Fact]
    public void Difference_OfTwoCircuits_SaysOfEveryEdgeWhoHasIt() => Seeds(seed =>
    {
        var (before, after) = (Samples.Circuit(seed), Samples.Circuit(seed + 1));
        var difference = CircuitGraphs.Difference(before, Samples.Scores(1), after, Samples.Scores(2));
        Assert.Equal(before.EdgeIndices().Except(after.EdgeIndices()), Of(EdgeChange.Lost));
        Assert.Equal(after.EdgeIndices().Except(before.EdgeIndices()), Of(EdgeChange.Gained));
        Assert.Equal(before.EdgeIndices().Intersect(after.EdgeIndices()), Of(EdgeChange.Kept));
        Assert.All(difference.Edges, e => Assert.Equal((e.Change == EdgeChange.Lost ? Samples.Scores(1) : Samples.Scores(2))[e.Index], e.Score));

        IEnumerable<int> Of(EdgeChange change) => difference.Edges.Where(e => e.Change == change).Select(e => e.Index).Order();
    });

    private static void Seeds(Action<int> holds) => Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds));

    private static IEnumerable<CircuitPath> AllPaths(BidirectionalGraph<CircuitNode, ScoredEdge> graph)
    {
        var largest = graph.Edges.Select(e => Math.Abs(e.Score)).DefaultIfEmpty().Max();
        return graph.Vertices.SingleOrDefault(n => n.Name == "input") is { } input ? From(input, [], 1) : [];

        IEnumerable<CircuitPath> From(CircuitNode node, ImmutableArray<ScoredEdge> way, double strength) => node.Name == "logits"
            ? [new(way, strength)]
            : graph.OutEdges(node).SelectMany(e => From(e.Target, way.Add(e), strength * (Math.Abs(e.Score) / largest)));
    }
}
