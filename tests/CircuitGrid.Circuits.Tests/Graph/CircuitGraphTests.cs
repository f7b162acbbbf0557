using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Tests.Graph;

public sealed class CircuitGraphTests
{
    /// <summary>Layers, heads, and the counts of docs/method.md, graph.</summary>
    [Theory]
    [InlineData(6, 4, 32, 31, 79, 1_084, 1_108)]
    [InlineData(6, 8, 56, 55, 151, 3_580, 3_628)]
    [InlineData(12, 12, 158, 157, 445, 32_347, 32_491)]
    [InlineData(24, 16, 410, 409, 1_177, 231_493, 231_877)]
    [InlineData(16, 8, 146, 145, 401, 27_545, 27_673)]
    [InlineData(32, 32, 1_058, 1_057, 3_105, 1_591_857, 1_592_881)]
    [InlineData(36, 40, 1_478, 1_477, 4_357, 3_131_263, 3_132_703)]
    public void Counts_OfPythiaShapes_ArePublishedOnes(int layers, int heads, int nodes, int sources, int slots, int parallelEdges, int sequentialEdges)
    {
        var graph = new CircuitGraph(new GraphShape(layers, heads, Parallel: true, 64));
        Assert.Equal((nodes, sources, slots, parallelEdges), (graph.Nodes, graph.Sources, graph.Slots, graph.Edges));
        Assert.Equal(sequentialEdges, new CircuitGraph(new GraphShape(layers, heads, Parallel: false, 64)).Edges);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Edges_InCanonicalOrder_AreTheLibrarysNames(bool parallel)
    {
        var graph = new CircuitGraph(new GraphShape(2, 2, parallel, 8));
        List<string> expected = [];
        AddLayer(0, ["input"], parallel ? [] : ["a0.h0", "a0.h1"]);
        AddLayer(1, ["input", "a0.h0", "a0.h1", "m0"], parallel ? [] : ["a1.h0", "a1.h1"]);
        expected.AddRange(new[] { "input", "a0.h0", "a0.h1", "m0", "a1.h0", "a1.h1", "m1" }.Select(s => $"{s}->logits"));
        Assert.Equal(expected, Enumerable.Range(0, graph.Edges).Select(e => GraphNames.Edge(graph, e)));

        void AddLayer(int layer, string[] both, string[] mlpOnly)
        {
            foreach (var source in both)
            {
                expected.AddRange(from h in (int[])[0, 1] from c in "qkv" select $"{source}->a{layer}.h{h}<{c}>");
                expected.Add($"{source}->m{layer}");
            }

            expected.AddRange(mlpOnly.Select(s => $"{s}->m{layer}"));
        }
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(3, 5, true)]
    [InlineData(4, 3, false)]
    public void EdgeAndNames_OfEveryEdge_ComeBackToIt(int layers, int heads, bool parallel)
    {
        var graph = new CircuitGraph(new GraphShape(layers, heads, parallel, 8));
        for (var e = 0; e < graph.Edges; e++)
        {
            Assert.Equal(e, graph.Edge(graph.EdgeSources[e], graph.EdgeSlots[e]));
            Assert.Equal(e, GraphNames.FindEdge(graph, GraphNames.Edge(graph, e)));
            Assert.Contains(graph.EdgeSlots[e], graph.SlotsOfNode(graph.NodeOfSlot(graph.EdgeSlots[e])));
        }

        Assert.Equal(graph.Slots, Enumerable.Range(0, graph.Nodes).Sum(n => graph.SlotsOfNode(n).Length));
    }

    /// <summary>Also where the logits' index leaves the same remainder as a first query's.</summary>
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(3, 5, true)]
    [InlineData(4, 3, false)]
    public void KindOfSlot_OfEverySlot_IsWhatItFeeds(int layers, int heads, bool parallel)
    {
        var graph = new CircuitGraph(new GraphShape(layers, heads, parallel, 8));
        SlotKind[] expected =
        [
            .. Enumerable.Range(0, layers).SelectMany(_ => (SlotKind[])
            [
                .. Enumerable.Repeat(SlotKind.Query, heads), .. Enumerable.Repeat(SlotKind.Key, heads), .. Enumerable.Repeat(SlotKind.Value, heads), SlotKind.Mlp,
            ]),
            SlotKind.Logits,
        ];
        Assert.Equal(expected, Enumerable.Range(0, graph.Slots).Select(graph.KindOfSlot));
        Assert.All((int[])[-1, graph.Slots], slot => Assert.Throws<ArgumentOutOfRangeException>(() => graph.KindOfSlot(slot)));
    }

    [Theory]
    [InlineData("a2.h0->logits")]
    [InlineData("a0.h2->logits")]
    [InlineData("a0.h0->a0.h1<q>")]
    [InlineData("a0.h0->m0")]
    [InlineData("a1.h0->a0.h0<q>")]
    [InlineData("logits->m0")]
    [InlineData("input->a0.h0")]
    [InlineData("input->a0.h0<x>")]
    [InlineData("input->m00")]
    [InlineData("input->m-1")]
    [InlineData("input->m+1")]
    [InlineData("input->input")]
    [InlineData("input")]
    [InlineData("")]
    [InlineData("->")]
    [InlineData("input->a<q>")]
    [InlineData("input->a0.h<q>")]
    [InlineData("input->m99999999999999")]
    public void FindEdge_NamesOfNoEdge_FindNothing(string name) =>
        Assert.Equal(-1, GraphNames.FindEdge(new CircuitGraph(new GraphShape(2, 2, Parallel: true, 8)), name));
}
