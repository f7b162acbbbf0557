using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;

namespace CircuitGrid.Circuits.Tests.Selection;

public sealed class EdgeRankingTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Greedy_EveryBudget_EqualsTakingTheBestCandidateAgainAndAgain(bool parallel, bool absolute)
    {
        var graph = new CircuitGraph(new GraphShape(3, 2, parallel, 8));
        for (var seed = 0; seed < 5; seed++)
        {
            var scores = Scores(graph, seed);
            var order = EdgeRanking.Create(graph, scores, SelectionRule.Greedy, absolute).Order;
            Assert.Equal(graph.Edges, order.Length);
            Assert.Equal(BruteGreedy(graph, scores, absolute), order);
        }
    }

    [Fact]
    public void TopN_Ties_GoByCanonicalOrder()
    {
        var graph = new CircuitGraph(new GraphShape(2, 2, Parallel: true, 8));
        var scores = new float[graph.Edges];
        (scores[3], scores[9], scores[5]) = (-2, 2, 1);
        var order = EdgeRanking.Create(graph, scores, SelectionRule.TopN).Order;
        Assert.Equal([3, 9, 5, 0, 1, 2, 4], order.Take(7));
        Assert.Equal([9, 5, 0], EdgeRanking.Create(graph, scores, SelectionRule.TopN, absolute: false).Order.Take(3));
        Assert.Equal(3, EdgeRanking.Create(graph, scores, SelectionRule.TopN, absolute: false).Order[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Prune_RandomEdges_LeavesExactlyThoseOnPathsThatAreFed(bool parallel)
    {
        var graph = new CircuitGraph(new GraphShape(3, 2, parallel, 8));
        var random = new Random(11);
        var nonEmpty = 0;
        for (var round = 0; round < 200; round++)
        {
            var density = random.NextDouble();
            var edges = Enumerable.Range(0, graph.Edges).Where(_ => random.NextDouble() < density).ToList();
            var circuit = Circuit.Prune(graph, edges);
            Assert.Equal(BrutePrune(graph, edges), circuit.EdgeIndices());
            Assert.Equal(circuit.EdgeIndices().Count(), circuit.EdgeCount);
            var ends = circuit.EdgeIndices().SelectMany(e => (int[])[graph.EdgeSources[e], graph.NodeOfSlot(graph.EdgeSlots[e])]).Distinct().Order();
            Assert.Equal(ends, circuit.NodeIndices());
            nonEmpty += circuit.EdgeCount > 0 ? 1 : 0;
        }

        Assert.True(nonEmpty > 100);
    }

    [Theory]
    [InlineData(true, false, new double[] { 0, 0, 0 })]
    [InlineData(true, false, new double[] { 0.5, 0.5, 0.5 })]
    [InlineData(true, false, new double[] { 0.5, -0.5, 0.5 })]
    [InlineData(false, true, new double[] { 0.5, -0.5, 0.5 })]
    [InlineData(true, true, new double[] { 0, 0, 1e-30 })]
    [InlineData(false, true, new double[] { 0, -1e-30, 0 })]
    public void HasOrder_IsWhetherSomeEdgeRanksBeforeAnother(bool absolute, bool expected, double[] scores) =>
        Assert.Equal(expected, EdgeRanking.HasOrder(scores.Select(s => (float)s).ToArray(), absolute));

    [Fact]
    public void Create_ScoreThatIsNoNumber_NamesTheEdge()
    {
        var graph = new CircuitGraph(new GraphShape(1, 1, Parallel: true, 8));
        var error = Assert.Throws<ArgumentException>(() => EdgeRanking.Create(graph, [0, 1, float.NaN, 0, 0, 0, 0], SelectionRule.TopN));
        Assert.Contains("input->a0.h0<v>", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Scores with many ties.</summary>
    private static float[] Scores(CircuitGraph graph, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, graph.Edges).Select(_ => (random.Next(21) - 10) / 4f)];
    }

    private static List<int> BruteGreedy(CircuitGraph graph, float[] scores, bool absolute)
    {
        var (taken, nodes) = (new List<int>(), new HashSet<int> { graph.LogitsNode });
        while (taken.Count < graph.Edges)
        {
            var best = -1;
            for (var e = 0; e < graph.Edges; e++)
            {
                var isCandidate = nodes.Contains(graph.NodeOfSlot(graph.EdgeSlots[e])) && !taken.Contains(e);
                if (isCandidate && (best < 0 || Key(e) > Key(best)))
                {
                    best = e;
                }
            }

            taken.Add(best);
            nodes.Add(graph.EdgeSources[best]);
        }

        return taken;

        float Key(int e) => absolute ? Math.Abs(scores[e]) : scores[e];
    }

    /// <summary>An edge survives exactly if its source can be reached from the input and the logits can be reached from its slot's node.</summary>
    private static List<int> BrutePrune(CircuitGraph graph, List<int> edges)
    {
        var fromInput = Closure([0], forward: true);
        var toLogits = Closure([graph.LogitsNode], forward: false);
        return edges.FindAll(e => fromInput.Contains(graph.EdgeSources[e]) && toLogits.Contains(graph.NodeOfSlot(graph.EdgeSlots[e])));

        HashSet<int> Closure(HashSet<int> nodes, bool forward)
        {
            var before = -1;
            while (before != nodes.Count)
            {
                before = nodes.Count;
                foreach (var e in edges)
                {
                    var (from, to) = (graph.EdgeSources[e], graph.NodeOfSlot(graph.EdgeSlots[e]));
                    if (nodes.Contains(forward ? from : to))
                    {
                        nodes.Add(forward ? to : from);
                    }
                }
            }

            return nodes;
        }
    }
}
