using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Tests.Truths;

public sealed class AttributionTruthTests
{
    private static readonly IntegrationPoints[] points = Enum.GetValues<IntegrationPoints>();

    public static TheoryData<string> Kinds => TruthModel.AllKinds;

    /// <summary>Those in which no bound on queries, keys and values breaks the path.</summary>
    public static TheoryData<string> SmoothKinds => [.. TruthModel.AllKinds.Where(k => k.Data is not ("olmo 1" or "olmo 2"))];

    /// <summary>Every kind, and all points in turn.</summary>
    public static TheoryData<string, IntegrationPoints> PointCases =>
        [new("neox", points[^1]), .. TruthModel.AllKinds.Select((k, i) => new TheoryDataRow<string, IntegrationPoints>(k.Data, points[i % points.Length]))];

    /// <summary>Every family by integrated gradients and one other method in turn.</summary>
    public static TheoryData<string, AttributionMethod> BitCases =>
    [
        .. from kind in TruthModel.FirstKinds.Select(k => k.Data) select new TheoryDataRow<string, AttributionMethod>(kind, AttributionMethod.EapIg),
        .. from kind in (string[])["neox", "qwen3 1", "olmo3 1", "gemma2 1"] select new TheoryDataRow<string, AttributionMethod>(kind, AttributionMethod.EapQk),
        .. from kind in (string[])["neox", "llama 2", "olmo2 1"] select new TheoryDataRow<string, AttributionMethod>(kind, AttributionMethod.CleanCorrupted),
        .. from kind in (string[])["gpt2", "gemma2 1", "olmo 1", "apertus 1"] select new TheoryDataRow<string, AttributionMethod>(kind, AttributionMethod.RelP),
        .. from kind in (string[])["gemma2 3", "olmo2 1"] select new TheoryDataRow<string, AttributionMethod>(kind, AttributionMethod.Exact),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Residual_AtEverySlot_IsTheSumOfItsSources(string kind)
    {
        using var model = new TruthModel(kind);
        var prompt = model.Examples(4)[3].Clean;
        using var run = model.Engine.RunSources(new TokenBatch([prompt]));
        var (sources, _) = model.Plain.Run(prompt);
        for (var l = 0; l < model.Config.Layers; l++)
        {
            Compare(model.Graph.HeadSlot(l, 0, 0), run.Residual[l]);
            Compare(model.Graph.MlpSlot(l), run.MlpResidual[l]);
        }

        Compare(model.Graph.LogitsSlot, run.FinalResidual);

        void Compare(int slot, Tensor residual)
        {
            var actual = new float[residual.Length];
            model.Device.Download(residual, actual);
            var flat = model.Plain.Stream(slot, sources).SelectMany(x => x).ToArray();
            for (var i = 0; i < flat.Length; i++)
            {
                Assert.Equal(flat[i], actual[i], 1e-5 * flat.Max(Math.Abs));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Eap_EveryEdge_IsTheSlopeOfTheLossWhenOnlyThatEdgeMoves(string kind)
    {
        using var model = new TruthModel(kind);
        foreach (var metric in Enum.GetValues<MetricKind>().Where(m => m != MetricKind.Divergence))
        {
            var examples = model.Examples(2);
            var options = new AttributionOptions { Method = AttributionMethod.Eap, Blocks = examples.Length };
            var scores = EdgeAttribution.Run(model.Engine, examples, metric, options);
            for (var e = 0; e < examples.Length; e++)
            {
                var expected = Slopes(model, examples[e], metric, embedding: null);
                AssertScores(expected, scores.Sums(e).ToArray(), 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void RelP_EveryEdge_IsTheSlopeWhereScalesAndActivationFactorsAreHeld(string kind)
    {
        using var model = new TruthModel(kind);
        foreach (var metric in Enum.GetValues<MetricKind>().Where(m => m != MetricKind.Divergence))
        {
            var examples = model.Examples(2);
            var options = new AttributionOptions { Method = AttributionMethod.RelP, Blocks = examples.Length };
            var scores = EdgeAttribution.Run(model.Engine, examples, metric, options);
            for (var e = 0; e < examples.Length; e++)
            {
                var held = new HeldFactors();
                model.Plain.Run(examples[e].Clean, held: held);
                AssertScores(Slopes(model, examples[e], metric, embedding: null, held), scores.Sums(e).ToArray(), 1e-6);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EapQk_EdgesIntoQueriesAndKeys_AreTheWholeChangeOfTheHeadMetByTheGradientThere(string kind)
    {
        using var model = new TruthModel(kind);
        var example = model.Examples(4)[3];
        var scores = EdgeAttribution.Run(model.Engine, [example], MetricKind.LogitDifference, new AttributionOptions { Method = AttributionMethod.EapQk, Blocks = 1 });
        var expected = Slopes(model, example, MetricKind.LogitDifference, embedding: null);
        var linear = expected.ToArray();
        var (clean, corrupted) = (model.Plain.Run(example.Clean).Sources, model.Plain.Run(example.Corrupted).Sources);
        for (var l = 0; l < model.Config.Layers; l++)
        {
            var slot = model.Graph.HeadSlot(l, 0, 0);
            var stream = model.Plain.Stream(slot, clean);
            var before = model.Plain.LayerZ(l, (_, _) => stream);
            double[][][] gradient = [.. before.Select((z, h) => GradientAtZ(model, example, l, h, z, clean))];
            for (var s = 0; s < model.Graph.SourcesOf(slot); s++)
            {
                var moved = model.Plain.Stream(slot, clean, (e, current) => model.Graph.EdgeSources[e] == s ? corrupted[s] : current);
                for (var h = 0; h < model.Config.Heads; h++)
                {
                    for (var c = 0; c < 2; c++)
                    {
                        // Where queries or keys have one norm together, other heads change, too.
                        var after = model.Plain.LayerZ(l, (head, component) => head == h && component == c ? moved : stream);
                        expected[model.Graph.Edge(s, model.Graph.HeadSlot(l, h, c))] = Enumerable.Range(0, model.Config.Heads).Sum(other => Meet(before[other], after[other], gradient[other]));
                    }
                }
            }
        }

        static double Meet(double[][] before, double[][] after, double[][] gradient) =>
            after.Zip(before, (a, b) => a.Zip(b, (x, y) => x - y)).Zip(gradient, (change, g) => change.Zip(g, (x, y) => x * y).Sum()).Sum();

        AssertScores(expected, scores.Sums(0).ToArray(), 1e-6);
        Assert.Contains(expected.Zip(linear), p => Math.Abs(p.First - p.Second) > 0.01 * expected.Max(Math.Abs));
    }

    [Theory]
    [MemberData(nameof(PointCases))]
    public void EapIg_EveryEdge_AveragesTheSlopesAlongTheEmbeddingPath(string kind, IntegrationPoints points)
    {
        using var model = new TruthModel(kind);
        var example = model.Examples(2)[1];
        var scores = EdgeAttribution.Run(model.Engine, [example], MetricKind.LogitDifference, new AttributionOptions { Steps = 3, Points = points, Blocks = 1 });
        var (from, to) = (model.Plain.Run(example.Clean).Sources[0], model.Plain.Run(example.Corrupted).Sources[0]);
        var (fractions, weights) = points switch
        {
            IntegrationPoints.CorruptedEnd => ((double[])[1 / 3.0, 2 / 3.0, 1], (double[])[1 / 3.0, 1 / 3.0, 1 / 3.0]),
            IntegrationPoints.CleanEnd => ([0, 1 / 3.0, 2 / 3.0], [1 / 3.0, 1 / 3.0, 1 / 3.0]),
            IntegrationPoints.Midpoint => ([1 / 6.0, 0.5, 5 / 6.0], [1 / 3.0, 1 / 3.0, 1 / 3.0]),
            _ => ([0.5 - Math.Sqrt(0.15), 0.5, 0.5 + Math.Sqrt(0.15)], [5 / 18.0, 8 / 18.0, 5 / 18.0]),
        };
        var expected = new double[model.Graph.Edges];
        for (var k = 0; k < 3; k++)
        {
            // Points and weights are float32 on every device.
            var embedding = from.Zip(to, (a, b) => a.Zip(b, (x, y) => x + ((float)fractions[k] * (y - x))).ToArray()).ToArray();
            var slopes = Slopes(model, example, MetricKind.LogitDifference, embedding);
            for (var i = 0; i < expected.Length; i++)
            {
                expected[i] += (float)weights[k] * slopes[i];
            }
        }

        AssertScores(expected, scores.Sums(0).ToArray(), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EapIg_MeanAblation_AveragesTheSlopesTowardsTheMeanAlongThePathToTheMeanEmbedding(string kind)
    {
        using var model = new TruthModel(kind);
        var (example, others) = (model.Examples(2)[1], model.Examples(3, seed: 9));
        var scores = EdgeAttribution.Run(
            model.Engine,
            [example],
            MetricKind.LogitDifference,
            new AttributionOptions { Steps = 2, Blocks = 1 },
            Ablation.Mean(model.Engine, [.. others.Select(e => e.Clean)]));
        var clean = model.Plain.Run(example.Clean).Sources;
        var reference = others.Select(e => model.Plain.Run(e.Clean).Sources).ToArray();
        double[][][] mean = [.. clean.Select((source, s) => source.Select(row => row.Select((_, d) => reference.SelectMany(r => r[s]).Average(r => r[d])).ToArray()).ToArray())];
        var halfWay = clean[0].Zip(mean[0], (a, b) => a.Zip(b, (x, y) => (x + y) / 2).ToArray()).ToArray();
        var (first, second) = (Slopes(model, example, MetricKind.LogitDifference, halfWay, ablated: mean), Slopes(model, example, MetricKind.LogitDifference, mean[0], ablated: mean));
        AssertScores([.. first.Zip(second, (a, b) => (a + b) / 2)], scores.Sums(0).ToArray(), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Exact_EveryEdge_IsTheLossWithOnlyThatEdgePatched(string kind)
    {
        using var model = new TruthModel(kind);
        var example = model.Examples(4)[2];
        var scores = EdgeAttribution.Run(model.Engine, [example], MetricKind.LogitDifference, new AttributionOptions { Method = AttributionMethod.Exact, Blocks = 1 });
        var corrupted = model.Plain.Run(example.Corrupted).Sources;
        var clean = Metric(model, example, MetricKind.LogitDifference, carry: null, embedding: null);
        var expected = Enumerable.Range(0, model.Graph.Edges)
            .Select(edge => clean - Metric(model, example, MetricKind.LogitDifference, (e, current) => e == edge ? corrupted[model.Graph.EdgeSources[e]] : current, null))
            .ToArray();
        AssertScores(expected, scores.Sums(0).ToArray(), 2e-6);
    }

    [Theory]
    [MemberData(nameof(SmoothKinds))]
    public void EapIg_InputEdges_SumToTheLossDifferenceOfTheEmbeddings(string kind)
    {
        using var model = new TruthModel(kind);
        var (example, difference) = model.Examples(20).Select(e => (Example: e, Difference: Difference(e))).First(e => Math.Abs(e.Difference) > 0.1);
        var scores = EdgeAttribution.Run(
            model.Engine, [example], MetricKind.LogitDifference, new AttributionOptions { Steps = 400, Points = IntegrationPoints.GaussLegendre, Blocks = 1 });
        var total = Enumerable.Range(0, model.Graph.Edges).Where(e => model.Graph.EdgeSources[e] == 0).Sum(e => scores.Sums(0)[e]);
        Assert.Equal(difference, total, 1e-4 * Math.Abs(difference));

        double Difference(Example e) =>
            Metric(model, e, MetricKind.LogitDifference, null, null) - Metric(model, e, MetricKind.LogitDifference, null, model.Plain.Run(e.Corrupted).Sources[0]);
    }

    [Theory]
    [MemberData(nameof(BitCases))]
    public void Scores_AnyBatchSizeAndThreads_AreTheSameToTheLastBit(string kind, AttributionMethod method)
    {
        double[][]? first = null;
        foreach (var (threads, budget) in ((int, long?)[])[(1, null), (1, 1), (2, null), (3, 40_000)])
        {
            using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = threads }));
            var scores = EdgeAttribution.Run(
                model.Engine, model.Examples(9), MetricKind.ProbabilityDifference, new AttributionOptions { Method = method, Blocks = 4 }, memoryBudget: budget);
            double[][] sums = [.. Enumerable.Range(0, 4).Select(b => scores.Sums(b).ToArray())];
            first ??= sums;
            Assert.Equal(first, sums);
            Assert.Equal([3, 2, 2, 2], scores.Counts);
            Assert.Contains(scores.Mean(), s => Math.Abs(s) > 1e-3);
        }
    }

    /// <summary>d loss / d ε of every edge carrying its source's output + ε·Δ, by central differences.</summary>
    private static double[] Slopes(
        TruthModel model, Example example, MetricKind metric, double[][]? embedding, HeldFactors? held = null, double[][][]? ablated = null)
    {
        const double Step = 2e-6;
        var corrupted = ablated ?? model.Plain.Run(example.Corrupted).Sources;
        var clean = model.Plain.Run(example.Clean).Sources;
        double Moved(int edge, double by) => -Metric(
            model,
            example,
            metric,
            (e, current) => e == edge
                ? [.. current.Select((row, p) => row.Select((x, d) => x + (by * (corrupted[model.Graph.EdgeSources[e]][p][d] - clean[model.Graph.EdgeSources[e]][p][d]))).ToArray())]
                : current,
            embedding,
            held);
        return [.. Enumerable.Range(0, model.Graph.Edges).Select(edge => (Moved(edge, Step) - Moved(edge, -Step)) / (2 * Step))];
    }

    /// <summary>d loss / d z of a head, by central differences of what all its edges carry.</summary>
    private static double[][] GradientAtZ(TruthModel model, Example example, int layer, int head, double[][] z, double[][][] clean)
    {
        const double Step = 2e-6;
        var node = model.Graph.HeadNode(layer, head);
        double Moved(int position, int unit, double by)
        {
            var moved = z.Select(row => row.ToArray()).ToArray();
            moved[position][unit] += by;
            var change = model.Plain.HeadOutput(layer, head, moved).Zip(clean[node], (a, b) => a.Zip(b, (x, y) => x - y).ToArray()).ToArray();
            return -Metric(
                model,
                example,
                MetricKind.LogitDifference,
                (e, current) => model.Graph.EdgeSources[e] == node ? [.. current.Zip(change, (a, b) => a.Zip(b, (x, y) => x + y).ToArray())] : current,
                embedding: null);
        }

        return [.. z.Select((row, p) => row.Select((_, u) => (Moved(p, u, Step) - Moved(p, u, -Step)) / (2 * Step)).ToArray())];
    }

    private static double Metric(
        TruthModel model, Example example, MetricKind metric, PlainTransformer.EdgeValue? carry, double[][]? embedding, HeldFactors? held = null) =>
        PlainTransformer.Metric(model.Plain.Run(example.Clean, carry, embedding, held).Logits, metric, example.Correct, example.Incorrect);

    private static void AssertScores(double[] expected, double[] actual, double relative)
    {
        var largest = expected.Max(Math.Abs);
        Assert.True(largest > 1e-3);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * largest, $"edge {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }
}
