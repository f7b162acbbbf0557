using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Reference;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Heads;

public sealed class IoiAlgorithmTests : IDisposable
{
    private readonly ReferenceDevice device = new();
    private readonly HandBuiltModel source = new();
    private readonly Transformer model;
    private readonly HeadScores scores;
    private readonly CircuitGraph graph;

    public IoiAlgorithmTests()
    {
        model = Transformer.LoadProcessed(device, source);
        graph = new CircuitGraph(GraphShape.Of(source.Config));
        var random = new Random(6);
        scores = HeadScores.Measure(model, source, new HeadScoreInputs
        {
            Options = new HeadScoreOptions { TopTokens = 2, MeanTexts = 30, Texts = 5, TextPositions = 8, TextLength = 8, FirstLayer = 1 },
            RepeatedHalves = [[8, 3, 1, 12, 7, 10], [2, 15, 0, 9, 5, 11]],
            SuccessorLists = [],
            Ioi = HandBuiltModel.Prompts,
            Texts = [.. Enumerable.Range(0, 30).Select(_ => Enumerable.Range(0, 8).Select(_ => random.Next(HandBuiltModel.Tokens)).ToImmutableArray())],
            FunctionTokens = [],
            Notes = ["made by hand"],
        });
    }

    public void Dispose()
    {
        model.Dispose();
        device.Dispose();
    }

    [Fact]
    public void Measure_HandBuiltModel_FindsItsHeads()
    {
        Assert.Contains(HandBuiltModel.NameMover, scores.Ioi!.NameMovers);
        Assert.DoesNotContain(HandBuiltModel.NegativeNameMover, scores.Ioi!.NameMovers);
        Assert.Equal([HandBuiltModel.SInhibition], scores.Roles[HeadRole.SInhibition].Where(s => s > 0.1));
        Assert.DoesNotContain(HeadRole.Successor, scores.Roles.Keys);
        Assert.Equal(["made by hand"], scores.Notes);
        Assert.Null(scores.Ioi.InCircuit);
        Assert.Equal(IoiAlgorithm.Run(model, HandBuiltModel.Prompts, scores, null, new IoiAlgorithmOptions())!.AllHeads.Values, scores.Ioi.AllHeads.Values);
    }

    [Fact]
    public void Run_AlgorithmBuiltByHand_IsFoundStepByStep()
    {
        var result = IoiAlgorithm.Run(model, HandBuiltModel.Prompts, scores, Circuit.Full(graph), new IoiAlgorithmOptions())!;
        Assert.Contains(HandBuiltModel.NameMover, result.NameMovers);
        Assert.Contains(HandBuiltModel.NegativeNameMover, result.NegativeNameMovers);
        Assert.Contains(HandBuiltModel.NegativeNameMover, result.NegativeCopySuppression);
        Assert.Equal([HandBuiltModel.NegativeNameMover, HandBuiltModel.CopySuppression], result.CopySuppression.Concat(result.NegativeCopySuppression).Order(Comparer<HeadIndex>.Create((a, b) => a.Head - b.Head)));
        var shares = result.AllHeads;
        Assert.Equal([HandBuiltModel.SInhibition], shares.SInhibition);
        Assert.Equal([HandBuiltModel.DuplicateToken], shares.DuplicateToken);
        Assert.Empty(shares.Induction);
        Assert.InRange(shares.Direct.Absolute!.Value, 95, 100);

        // Name movers and negative ones cancel in part, so the same rest is a larger share of the sum.
        Assert.InRange(shares.Direct.Signed!.Value, 90, 110);
        Assert.InRange(shares.Values!.Absolute!.Value, 95, 100);

        // The promoting head works against the S-inhibition head: less than all with signs taken away, more than all with them.
        Assert.InRange(shares.Queries!.Absolute!.Value, 50, 99);
        Assert.True(shares.Queries.Signed > 100);
        Assert.True(result.QueryEffects![HandBuiltModel.SPromotion] > 0.01);
        Assert.True(result.QueryEffects[HandBuiltModel.SInhibition] < -0.5);
        Assert.True(shares.ValueEffects![HandBuiltModel.DuplicateToken] < -0.5);

        Assert.Equal(shares.Direct, result.InCircuit!.Direct);
        Assert.Equal(shares.Queries, result.InCircuit.Queries);
        Assert.Equal(shares.Values, result.InCircuit.Values);
    }

    [Fact]
    public void Run_CircuitWithoutTheEdge_HasNoSInhibitionHead()
    {
        var missing = graph.Edge(graph.HeadNode(1, 1), graph.HeadSlot(2, 0, 0));
        var circuit = Circuit.Prune(graph, Enumerable.Range(0, graph.Edges).Where(e => e != missing));
        var result = IoiAlgorithm.Run(model, HandBuiltModel.Prompts, scores with { Roles = OnlyNameMover() }, circuit, new IoiAlgorithmOptions())!;
        Assert.Equal([HandBuiltModel.SInhibition], result.AllHeads.SInhibition);
        Assert.Empty(result.InCircuit!.SInhibition);
        Assert.Equal(0, result.InCircuit.Queries!.Absolute);
        Assert.Equal(12, result.AllHeads.Heads.Length);
        Assert.Equal(result.AllHeads.Heads.Where(h => circuit.ContainsNode(graph.HeadNode(h.Layer, h.Head))), result.InCircuit.Heads);
        Assert.Null(result.InCircuit.Values);
        Assert.Empty(result.InCircuit.DuplicateToken);
    }

    [Fact]
    public void Run_WithoutNameMoversOrTask_EndsWhereTheAlgorithmEnds()
    {
        var none = IoiAlgorithm.Run(model, HandBuiltModel.Prompts, scores with { Roles = scores.Roles.Clear() }, null, new IoiAlgorithmOptions())!;
        Assert.Null(none.InCircuit);
        Assert.Null(none.QueryEffects);
        Assert.Null(none.AllHeads.Queries);
        Assert.Equal(0, none.AllHeads.Direct.Absolute);

        ImmutableArray<Example> reversed = [.. HandBuiltModel.Prompts.Select(e => new Example(e.Corrupted, e.Clean, e.Correct, e.Incorrect))];
        Assert.Null(IoiAlgorithm.Run(model, reversed, scores, null, new IoiAlgorithmOptions()));
    }

    [Fact]
    public void EffectShare_CountsOnlyWhatCounts()
    {
        var effects = new HeadTable(2, [-0.5, 0.25, -0.25, 0]);
        HeadIndex[] group = [new(0, 0), new(0, 1)];
        Assert.Equal(new EffectShare(75, 50, 1) { Helping = 50, Hindering = 25 }, EffectShare.Of(effects, group, _ => true));
        Assert.Equal(new EffectShare(25, 50, 1) { Helping = 25, Hindering = 0 }, EffectShare.Of(effects, [new(1, 0)], _ => true));
        Assert.Equal(new EffectShare(50, null, 0.5) { Helping = 0, Hindering = 50 }, EffectShare.Of(effects, group, h => h != new HeadIndex(0, 0)));
        Assert.Equal(new EffectShare(null, null, 0), EffectShare.Of(effects, group, h => h == new HeadIndex(1, 1)));
        Assert.False(double.IsNegative(EffectShare.Of(effects, [], _ => true).Signed!.Value));
    }

    [Fact]
    public void EffectShareInterval_IsThatOfARatioOverPrompts()
    {
        // |e| by unit: the group has 0.6, 0.8, 0.6 and 0.8 of 1 in each; with signs 0.6, 0.8 … of 0.2
        HeadTable Table(ImmutableArray<double> effects) => new(2, [-0.5, -0.2, 0.3, 0]) { Samples = new(4, effects, [2, 2, 2, 2]) };
        var effects = Table([-0.4, -0.6, -0.4, -0.6, -0.2, -0.2, -0.2, -0.2, 0.4, 0.2, 0.4, 0.2, 0, 0, 0, 0]);
        HeadIndex[] group = [new(0, 0), new(0, 1)];
        HeadIndex[] all = [new(0, 0), new(0, 1), new(1, 0), new(1, 1)];
        var ((low, high), signed) = EffectShareInterval.Of(effects, group, all)!;
        var half = 3.1824463053 * 10 / Math.Sqrt(3);
        Assert.Equal(70 - half, low, 1e-5);
        Assert.Equal(70 + half, high, 1e-5);

        // −0.7 over −0.4 is 175 %; rests of the units are 0.05 and −0.05 of totals 0.2 and 0.6
        half = 3.1824463053 * 100 * Math.Sqrt(0.0625 * 4 * 4 / 3) / 1.6;
        Assert.Equal(175 - half, signed.Low, 1e-5);
        Assert.Equal(175 + half, signed.High, 1e-5);

        // prompts that all say the same leave nothing open; heads that don't count are out of both sums
        var same = Table([-0.5, -0.5, -0.5, -0.5, -0.125, -0.125, -0.125, -0.125, 0.375, 0.375, 0.375, 0.375, 0, 0, 0, 0]);
        var (absolute, none) = EffectShareInterval.Of(same, group, all)!;
        Assert.Equal((62.5, 62.5, 250.0, 250.0), (absolute.Low, absolute.High, none.Low, none.High));

        // all there is and nothing of it don't vary, which says nothing of how well they are known
        Assert.True(double.IsNaN(EffectShareInterval.Of(effects, group, group)!.Absolute.Low));
        Assert.True(double.IsNaN(EffectShareInterval.Of(effects, [new(1, 1)], all)!.Absolute.High));
        Assert.True(double.IsNaN(EffectShareInterval.Of(same, group, [new(1, 1)])!.Absolute.Low));
        Assert.Null(EffectShareInterval.Of(new HeadTable(2, [1, 2]), group, all));
        Assert.Null(EffectShareInterval.Of(effects: null, group, all));
    }

    /// <summary>What a kind is called doesn't say which way its heads work: one that writes against names may help, and is then among the helping ones.</summary>
    [Fact]
    public void Carriers_OfEveryKind_AreApartByTheWayTheyWork()
    {
        var effects = new HeadTable(2, [-0.5, 0.25, -0.25, 1]);
        var result = new IoiAlgorithmResult([new(0, 0)], [new(0, 1), new(1, 0)], [], [new(1, 1)], effects, QueryEffects: null, InCircuit: null, AllHeads: null!);
        var all = IoiAlgorithmShares.Of(result, [], [], [], valueEffects: null, _ => true);
        Assert.Equal(
            ["NameMover a0.h0 - 25 0", "NegativeNameMover a1.h0 a0.h1 12.5 12.5", "CopySuppression - - 0 0", "NegativeCopySuppression - a1.h1 0 50"],
            all.Carriers(result).Select(Written));

        // of 0.75 in the circuit; the head outside is of no kind there
        var some = IoiAlgorithmShares.Of(result, [], [], [], valueEffects: null, head => head.Layer == 0);
        Assert.Equal("NegativeNameMover - a0.h1 0 33.333", Written(some.Carriers(result)[1]));
        Assert.Equal("NegativeCopySuppression - - 0 0", Written(some.Carriers(result)[3]));
        Assert.Equal(7, scores.Ioi!.AllHeads.Carriers(scores.Ioi).Length);

        static string Written(IoiCarrierShare c) => string.Create(
            CultureInfo.InvariantCulture, $"{c.Carrier} {Names(c.Helping)} {Names(c.Hindering)} {c.HelpingShare!.Value:0.###} {c.HinderingShare!.Value:0.###}");

        static string Names(ImmutableArray<HeadIndex> heads) => heads.IsEmpty ? "-" : string.Join(',', heads);
    }

    [Fact]
    public void Contrast_OfMeasuredScores_IsTheDifferenceOfTheMeanMetrics()
    {
        using var evaluator = new CircuitEvaluator(model, HandBuiltModel.Prompts, MetricKind.LogitDifference);
        Assert.Equal(evaluator.CleanMetrics.Average() - evaluator.AblatedMetrics.Average(), scores.Contrast!.Difference, 1e-4);
        Assert.True(scores.Contrast.IsThere);
        Assert.Null(scores.Contrast.WhyNot);
        Assert.Null((scores with { Ioi = null }).Contrast);
    }

    private ImmutableSortedDictionary<HeadRole, HeadTable> OnlyNameMover() =>
        scores.Roles.SetItem(HeadRole.Copying, HeadTable.Of(3, 4, (l, h) => new HeadIndex(l, h) == HandBuiltModel.NameMover ? 1 : 0));
}
