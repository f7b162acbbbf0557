using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Circuits.Tests.Truths;

public sealed class EvaluationTruthTests
{
    public static TheoryData<string, AblationKind> Cases =>
        [.. from kind in TruthModel.AllKinds from ablation in Enum.GetValues<AblationKind>() select new TheoryDataRow<string, AblationKind>(kind, ablation)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_RandomCircuits_EqualsAddingUpEveryEdge(string kind, AblationKind ablation)
    {
        using var model = new TruthModel(kind);
        foreach (var metric in Enum.GetValues<MetricKind>())
        {
            var examples = model.Examples(5);
            var circuits = RandomCircuits(model.Graph);
            using var evaluator = new CircuitEvaluator(model.Engine, examples, metric, Make(model, ablation));
            var actual = evaluator.Evaluate(circuits);
            for (var e = 0; e < examples.Length; e++)
            {
                var ablated = Ablated(model, ablation, examples[e]);
                Assert.Equal(Plain(model, examples[e], metric, carry: null), evaluator.CleanMetrics[e], 1e-5);
                Assert.Equal(Plain(model, examples[e], metric, (edge, _) => ablated[model.Graph.EdgeSources[edge]]), evaluator.AblatedMetrics[e], 1e-5);
                for (var c = 0; c < circuits.Count; c++)
                {
                    var expected = Plain(model, examples[e], metric, (edge, current) => circuits[c].ContainsEdge(edge) ? current : ablated[model.Graph.EdgeSources[edge]]);
                    Assert.Equal(expected, actual[c][e], 1e-5);
                }
            }

            Assert.True(actual.Select(m => m[0]).Distinct().Count() > circuits.Count / 2);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_FullAndEmptyCircuit_AreTheCleanAndTheAblatedRunToTheLastBit(string kind, AblationKind ablation)
    {
        using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = 2 }));
        using var evaluator = new CircuitEvaluator(model.Engine, model.Examples(6), MetricKind.LogitDifference, Make(model, ablation));
        var metrics = evaluator.Evaluate([Circuit.Full(model.Graph), Circuit.Prune(model.Graph, [])]);
        Assert.Equal(evaluator.CleanMetrics, metrics[0]);
        Assert.Equal(evaluator.AblatedMetrics, metrics[1]);
        Assert.NotEqual(metrics[0], metrics[1]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_AnyBatchThreadsAndCompany_GivesTheSameBits(string kind, AblationKind ablation)
    {
        double[][]? first = null;
        foreach (var (threads, budget) in ((int, long?)[])[(1, null), (1, 1), (3, 100_000)])
        {
            using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = threads }));
            var circuits = RandomCircuits(model.Graph);
            using var evaluator = new CircuitEvaluator(model.Engine, model.Examples(7), MetricKind.LogitDifference, Make(model, ablation), budget);
            var metrics = evaluator.Evaluate(circuits);
            first ??= metrics;
            Assert.Equal(first, metrics);
            Assert.Equal(metrics[3], evaluator.Evaluate([circuits[3]])[0]);
        }
    }

    [Fact]
    public void PositionalMean_PromptLongerThanTheReference_IsAnError()
    {
        using var model = new TruthModel("neox");
        var examples = model.Examples(4);
        var ablation = Ablation.PositionalMean(model.Engine, [examples[0].Clean]);
        var error = Assert.Throws<InvalidInputException>(() => new CircuitEvaluator(model.Engine, examples, MetricKind.LogitDifference, ablation));
        Assert.Contains("longest reference prompt", error.Message, StringComparison.Ordinal);
    }

    private static List<Circuit> RandomCircuits(CircuitGraph graph)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, 16).Select(i => Circuit.Prune(graph, Enumerable.Range(0, graph.Edges).Where(_ => random.NextDouble() < (i + 1) / 17.0)))];
    }

    private static Ablation Make(TruthModel model, AblationKind kind) => kind switch
    {
        AblationKind.Patching => Ablation.Patching,
        AblationKind.Zero => Ablation.Zero,
        AblationKind.Mean => Ablation.Mean(model.Engine, [.. model.Examples(6, seed: 9).Select(e => e.Clean)]),
        _ => Ablation.PositionalMean(model.Engine, [.. model.Examples(6, seed: 9).Select(e => e.Clean)]),
    };

    /// <summary>The ablated output of every source, [source][position][width], in the plainest way.</summary>
    private static double[][][] Ablated(TruthModel model, AblationKind kind, Example example)
    {
        var corrupted = model.Plain.Run(example.Corrupted).Sources;
        if (kind == AblationKind.Patching)
        {
            return corrupted;
        }

        var reference = model.Examples(6, seed: 9).Select(e => model.Plain.Run(e.Clean).Sources).ToList();
        return [.. corrupted.Select((rows, source) => rows.Select((row, position) => row.Select((_, d) => kind switch
        {
            AblationKind.Zero => 0,
            AblationKind.Mean => reference.SelectMany(r => r[source]).Average(r => r[d]),
            _ => reference.Where(r => r[source].Length > position).Average(r => r[source][position][d]),
        }).ToArray()).ToArray())];
    }

    private static double Plain(TruthModel model, Example example, MetricKind metric, PlainTransformer.EdgeValue? carry) =>
        PlainTransformer.Metric(model.Plain.Run(example.Clean, carry).Logits, metric, example.Correct, example.Incorrect, model.Plain.Run(example.Clean).Logits);
}
