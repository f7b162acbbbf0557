using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tests.Truths;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Circuits.Tests.Heads;

public sealed class PathPatchingTests
{
    public static TheoryData<string, int, PatchPositions> Cases =>
        [.. from kind in TruthModel.FirstKinds from component in Enumerable.Range(-1, 5) from positions in Enum.GetValues<PatchPositions>()
            select new TheoryDataRow<string, int, PatchPositions>(kind, component, positions)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Run_EverySender_EqualsPatchingEveryEdgeByHand(string kind, int component, PatchPositions positions)
    {
        using var model = new TruthModel(kind);
        var examples = model.Examples(4);
        var receivers = Receivers(component);
        ImmutableArray<ImmutableArray<HeadIndex>> senders =
        [
            .. PathPatching.EveryHead(model.Engine), [], [new(0, 0), new(0, 1)], [new(1, 1), new(0, 0)], [new(0, 1), new(1, 0), new(2, 0)],
        ];
        var result = PathPatching.Run(model.Engine, examples, MetricKind.LogitDifference, senders, receivers, positions);
        var moved = 0;
        for (var e = 0; e < examples.Length; e++)
        {
            Assert.Equal(Metric(examples[e], model.Plain.Run(examples[e].Clean).Logits), result.Clean[e], 1e-5);
            Assert.Equal(Metric(examples[e], model.Plain.Run(examples[e].Corrupted).Logits), result.Corrupted[e], 1e-5);
            for (var s = 0; s < senders.Length; s++)
            {
                var (metric, attention) = ByHand(model, examples[e], senders[s], receivers, positions);
                Assert.Equal(metric, result.Patched[s][e], 1e-5);
                moved += Math.Abs(metric - result.Clean[e]) > 1e-3 ? 1 : 0;
                for (var r = 0; r < receivers.Heads.Length; r++)
                {
                    Assert.Equal(attention[r].Length, result.Attention[s][r][e].Length);
                    Assert.All(attention[r].Zip(result.Attention[s][r][e]), x => Assert.Equal(x.First, x.Second, 1e-5));
                }
            }
        }

        Assert.True(moved >= examples.Length);
    }

    [Theory]
    [InlineData("neox")]
    [InlineData("gpt2")]
    public void Run_AnyBatchAndThreads_GivesTheSameBits(string kind)
    {
        foreach (var (component, positions) in ((int, PatchPositions)[])[(-1, PatchPositions.All), (0, PatchPositions.Last), (2, PatchPositions.All)])
        {
            double[][]? first = null;
            foreach (var (threads, budget) in ((int, long?)[])[(1, null), (1, 1), (3, 60_000)])
            {
                using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = threads }));
                var result = PathPatching.Run(
                    model.Engine, model.Examples(9), MetricKind.LogitDifference, PathPatching.EveryHead(model.Engine), Receivers(component), positions, budget);
                first ??= result.Patched;
                Assert.Equal(first, result.Patched);
            }
        }
    }

    [Fact]
    public void Run_SendersThatCannotReachTheReceivers_LeaveTheCleanRunToTheLastBit()
    {
        using var model = new TruthModel("neox");
        var senders = ImmutableArray.Create<ImmutableArray<HeadIndex>>([new(1, 0)], [new(2, 1)], []);
        var result = PathPatching.Run(model.Engine, model.Examples(5), MetricKind.LogitDifference, senders, PathReceivers.Of(HeadComponent.Query, [new(1, 0), new(0, 1)]));
        Assert.All(result.Patched, patched => Assert.Equal(result.Clean, patched));
        Assert.NotEqual(result.Clean, result.Corrupted);
    }

    [Fact]
    public void Effects_AreTheShareOfTheWayFromCleanToCorrupted()
    {
        var result = new PathPatchResult([3, 1], [0, -2], [[3, 1], [0, -2], [1.5, -0.5], [4, 2]], [], []);
        Assert.Equal([0, -1, -0.5, 1 / 3.0], result.Effects());
        Assert.Null((result with { Clean = [0, -2] }).Effects());
    }

    [Fact]
    public void Run_WhatTheModelDoesNotHave_IsAnError()
    {
        using var model = new TruthModel("neox");
        Assert.Throws<ArgumentOutOfRangeException>(() => PathPatching.Run(model.Engine, model.Examples(1), MetricKind.LogitDifference, [[new(3, 0)]], PathReceivers.FinalResidual));
        Assert.Throws<ArgumentOutOfRangeException>(() => PathPatching.Run(model.Engine, [], MetricKind.LogitDifference, [[new(0, 0)]], PathReceivers.FinalResidual));
        Assert.Throws<ArgumentException>(() => PathReceivers.Of(HeadComponent.Key, []));
    }

    /// <summary>The metric of an example's clean prompt.</summary>
    internal static double CleanMetric(TruthModel model, Example example) => Metric(example, model.Plain.Run(example.Clean).Logits);

    /// <summary>What patching senders' paths to some heads' queries at the last token comes to, and those heads' attention from there.</summary>
    internal static (double Metric, double[][] Attention) QueriesByHand(TruthModel model, Example example, ImmutableArray<HeadIndex> senders, IEnumerable<HeadIndex> receivers) =>
        ByHand(model, example, senders, PathReceivers.Of(HeadComponent.Query, receivers), PatchPositions.Last);

    /// <summary>The final stream (−1), the queries, keys or values of two heads, or queries in the last layer alone (3).</summary>
    private static PathReceivers Receivers(int which) => which switch
    {
        -1 => PathReceivers.FinalResidual,
        3 => PathReceivers.Of(HeadComponent.Query, [new(2, 0), new(2, 1)]),
        _ => PathReceivers.Of((HeadComponent)which, [new(2, 0), new(1, 1), new(2, 0)]),
    };

    private static double Metric(Example example, double[] logits) => PlainTransformer.Metric(logits, MetricKind.LogitDifference, example.Correct, example.Incorrect);

    /// <summary>
    /// The two runs of the definition, edge by edge: heads' edges carry what they carried on the clean prompt, the senders' what they carried on
    /// the corrupted one; then the receivers' edges carry that run's values.
    /// </summary>
    private static (double Metric, double[][] Attention) ByHand(
        TruthModel model, Example example, ImmutableArray<HeadIndex> senders, PathReceivers receivers, PatchPositions positions)
    {
        var (graph, last) = (model.Graph, example.Length - 1);
        var clean = model.Plain.Run(example.Clean).Sources;
        var corrupted = model.Plain.Run(example.Corrupted).Sources;
        var sending = senders.Select(h => graph.HeadNode(h.Layer, h.Head)).ToHashSet();
        var heads = Enumerable.Range(0, graph.Shape.Layers).SelectMany(l => Enumerable.Range(0, graph.Shape.Heads).Select(h => graph.HeadNode(l, h))).ToHashSet();
        double[][] Patched(double[][] from, double[][] to) => [.. from.Select((row, p) => positions == PatchPositions.All || p == last ? to[p] : row)];
        double[][] Held(int source, double[][] current) => sending.Contains(source) ? Patched(clean[source], corrupted[source]) : heads.Contains(source) ? clean[source] : current;
        var (firstSources, firstLogits) = model.Plain.Run(example.Clean, (edge, current) => Held(graph.EdgeSources[edge], current));
        if (receivers.Component is not { } component)
        {
            return (Metric(example, firstLogits), []);
        }

        double[][][] sent = [.. firstSources.Select((current, source) => Patched(clean[source], Held(source, current)))];
        var slots = receivers.Heads.Select(h => graph.HeadSlot(h.Layer, h.Head, (int)component)).ToHashSet();
        var (sources, logits) = model.Plain.Run(
            example.Clean,
            (edge, current) => slots.Contains(graph.EdgeSlots[edge]) ? Patched(current, sent[graph.EdgeSources[edge]]) : current);
        double[][] Stream(int slot) => slots.Contains(slot) ? Patched(model.Plain.Stream(slot, sources), model.Plain.Stream(slot, sent)) : model.Plain.Stream(slot, sources);

        return (Metric(example, logits), [.. receivers.Heads.Select(head => model.Plain.Attention(head.Layer, head.Head, (h, c) => Stream(graph.HeadSlot(head.Layer, h, c)))[last])]);
    }
}
