using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// Answers of several tokens, held to runs of their own: a token's log-probability is that behind the prompt and the tokens before it, each run and ablated by itself.
/// </summary>
public sealed class ContinuedAnswerTests
{
    private static readonly string[] kinds = ["neox", "gpt2", "llama 1", "qwen3 1", "olmo2 1", "gemma2 1"];

    private static readonly MetricKind[] metrics = [MetricKind.LogProbability, MetricKind.LogProbabilityDifference, MetricKind.Divergence];

    public static TheoryData<string, MetricKind> Cases => [.. from kind in kinds from metric in metrics select new TheoryDataRow<string, MetricKind>(kind, metric)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluate_RandomCircuits_AddUpTheirTokens(string kind, MetricKind metric)
    {
        using var model = new TruthModel(kind);
        var examples = Continued(model);
        var random = new Random(3);
        Circuit[] circuits = [.. Enumerable.Range(1, 8).Select(i => Circuit.Prune(model.Graph, Enumerable.Range(0, model.Graph.Edges).Where(_ => random.Next(9) < i)))];
        using var evaluator = new CircuitEvaluator(model.Engine, examples, metric);
        var actual = evaluator.Evaluate(circuits);
        for (var e = 0; e < examples.Length; e++)
        {
            Assert.Equal(Plain(model, examples[e], metric, _ => null), evaluator.CleanMetrics[e], 1e-5);
            Assert.Equal(Plain(model, examples[e], metric, ablated => (edge, _) => ablated[model.Graph.EdgeSources[edge]]), evaluator.AblatedMetrics[e], 1e-5);
            for (var c = 0; c < circuits.Length; c++)
            {
                var circuit = circuits[c];
                var expected = Plain(
                    model, examples[e], metric, ablated => (edge, current) => circuit.ContainsEdge(edge) ? current : ablated[model.Graph.EdgeSources[edge]]);
                Assert.Equal(expected, actual[c][e], 1e-5);
            }
        }

        Assert.True(actual.Select(m => m[0]).Distinct().Count() > circuits.Length / 2);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Exact_EveryEdge_IsWhatItsAblationCosts(string kind, MetricKind metric)
    {
        using var model = new TruthModel(kind);
        var examples = Continued(model)[..2];
        var scores = EdgeAttribution.Run(model.Engine, examples, metric, new AttributionOptions { Method = AttributionMethod.Exact, Blocks = 2 });
        for (var e = 0; e < 2; e++)
        {
            var sign = metric == MetricKind.Divergence ? -1 : 1;
            var clean = Plain(model, examples[e], metric, _ => null);
            double[] expected =
            [
                .. Enumerable.Range(0, model.Graph.Edges).Select(edge => sign * (clean - Plain(
                    model, examples[e], metric, ablated => (other, current) => other == edge ? ablated[model.Graph.EdgeSources[edge]] : current))),
            ];
            AssertScores(expected, scores.Sums(e).ToArray(), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_EveryEdge_AreTheSlopesOfTheSum(string kind, MetricKind metric)
    {
        using var model = new TruthModel(kind);
        var examples = Continued(model)[..2];
        var method = metric == MetricKind.Divergence ? AttributionMethod.CleanCorrupted : AttributionMethod.Eap;
        var scores = EdgeAttribution.Run(model.Engine, examples, metric, new AttributionOptions { Method = method, Blocks = 2 });
        for (var e = 0; e < 2; e++)
        {
            var expected = Slopes(model, examples[e], metric, fromCorrupted: false);
            if (method == AttributionMethod.CleanCorrupted)
            {
                expected = [.. expected.Zip(Slopes(model, examples[e], metric, fromCorrupted: true), (a, b) => (a + b) / 2)];
            }

            AssertScores(expected, scores.Sums(e).ToArray(), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AnyBatchThreadsAndCompany_GivesTheSameBits(string kind, MetricKind metric)
    {
        (double[] Scores, double[][] Metrics)? first = null;
        foreach (var (threads, budget) in ((int, long?)[])[(1, null), (1, 1), (3, 100_000)])
        {
            using var model = new TruthModel(kind, new CpuDevice(new CpuDeviceOptions { Threads = threads }));
            var examples = Continued(model);
            var scores = EdgeAttribution.Run(model.Engine, examples, metric, new AttributionOptions { Steps = 3, Blocks = 3 }, memoryBudget: budget);
            using var evaluator = new CircuitEvaluator(model.Engine, examples, metric, memoryBudget: budget);
            var circuit = Circuit.Prune(model.Graph, Enumerable.Range(0, model.Graph.Edges).Where(e => e % 3 != 0));
            (double[], double[][]) found = ([.. Enumerable.Range(0, 3).SelectMany(b => scores.Sums(b).ToArray())], evaluator.Evaluate([circuit, Circuit.Full(model.Graph)]));
            first ??= found;
            Assert.Equal(first.Value.Scores, found.Item1);
            Assert.Equal(first.Value.Metrics, found.Item2);
            Assert.Equal(evaluator.CleanMetrics, found.Item2[1]);
            Assert.Contains(found.Item1, s => Math.Abs(s) > 1e-3);
        }
    }

    [Fact]
    public void Divergence_OfTheCleanRun_IsZeroToTheLastBit()
    {
        using var model = new TruthModel("neox", new CpuDevice(new CpuDeviceOptions { Threads = 2 }));
        using var evaluator = new CircuitEvaluator(model.Engine, [.. Continued(model), .. model.Examples(4)], MetricKind.Divergence);
        Assert.All(evaluator.CleanMetrics, m => Assert.Equal(0, m));
        Assert.All(evaluator.AblatedMetrics, m => Assert.True(m > 1e-3));
    }

    [Theory]
    [InlineData(AttributionMethod.Eap)]
    [InlineData(AttributionMethod.EapQk)]
    [InlineData(AttributionMethod.RelP)]
    public void Divergence_WhereGradientsAreThoseOfTheCleanRun_IsRefused(AttributionMethod method)
    {
        using var model = new TruthModel("neox");
        var error = Assert.Throws<InvalidInputException>(() =>
            EdgeAttribution.Run(model.Engine, model.Examples(4), MetricKind.Divergence, new AttributionOptions { Method = method }));
        Assert.Contains("no slope at the clean run", error.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void PathPatching_OfSeveralTokens_IsTheSumOfItsTokens(string kind, MetricKind metric)
    {
        using var model = new TruthModel(kind);
        var examples = Continued(model);
        var last = model.Config.Layers - 1;
        PathReceivers[] receivers = [PathReceivers.FinalResidual, PathReceivers.Of(HeadComponent.Query, [new(last, 0)]), PathReceivers.Of(HeadComponent.Value, [new(last, 1), new(last, 0)])];
        foreach (var receiver in receivers)
        {
            var actual = PathPatching.Run(model.Engine, examples, metric, PathPatching.EveryHead(model.Engine), receiver);
            for (var e = 0; e < examples.Length; e++)
            {
                var parts = Parts(examples[e], metric).Select(p => (p.Sign, Result: PathPatching.Run(
                    model.Engine, [p.Example], p.Metric, PathPatching.EveryHead(model.Engine), receiver))).ToList();
                Assert.Equal(parts.Sum(p => p.Sign * p.Result.Clean[0]), actual.Clean[e], 1e-6);
                Assert.Equal(parts.Sum(p => p.Sign * p.Result.Corrupted[0]), actual.Corrupted[e], 1e-6);
                for (var s = 0; s < actual.Patched.Length; s++)
                {
                    Assert.Equal(parts.Sum(p => p.Sign * p.Result.Patched[s][0]), actual.Patched[s][e], 1e-6);
                }

                for (var head = 0; head < receiver.Heads.Length; head++)
                {
                    Assert.Equal(examples[e].Length, actual.CleanAttention[head][e].Length);
                    Assert.Equal(parts[0].Result.CleanAttention[head][0], actual.CleanAttention[head][e]);
                }
            }
        }
    }

    /// <summary>Answers of one to four tokens, of different lengths on both sides, behind prompts of several lengths.</summary>
    private static ImmutableArray<Example> Continued(TruthModel model)
    {
        var random = new Random(11);
        ImmutableArray<int> answer(int first, int length) => [first, .. Enumerable.Range(1, length - 1).Select(_ => random.Next(model.Config.Vocabulary))];
        return
        [
            .. model.Examples(6).Select((e, i) => i == 3
                ? e
                : e with { Correct = answer(e.Correct[0], 1 + (i % 3)), Incorrect = answer(e.Incorrect[0], 3 - (i % 2)), AnswersContinue = true }),
        ];
    }

    /// <summary>An example's tokens as examples of their own.</summary>
    private static IEnumerable<(int Sign, MetricKind Metric, Example Example)> Parts(Example example, MetricKind metric)
    {
        if (!example.AnswersContinue)
        {
            yield return (1, metric, example);
            yield break;
        }

        var isDifference = metric == MetricKind.LogProbabilityDifference;
        foreach (var (answer, sign) in isDifference ? new[] { (example.Correct, 1), (example.Incorrect, -1) } : [(example.Correct, 1)])
        {
            for (var j = 0; j < answer.Length; j++)
            {
                yield return (sign, isDifference ? MetricKind.LogProbability : metric, new Example([.. example.Clean, .. answer[..j]], [.. example.Corrupted, .. answer[..j]], [answer[j]], [0]));
            }
        }
    }

    /// <summary>The metric, of runs in which edges carry what is made of the ablated outputs.</summary>
    private static double Plain(
        TruthModel model, Example example, MetricKind metric, Func<double[][][], PlainTransformer.EdgeValue?> carry, bool fromCorrupted = false) =>
        Parts(example, metric).Sum(part =>
        {
            var ablated = model.Plain.Run(part.Example.Corrupted).Sources;
            var (_, logits) = model.Plain.Run(part.Example.Clean, carry(ablated), fromCorrupted ? ablated[0] : null);
            return part.Sign * PlainTransformer.Metric(logits, part.Metric, part.Example.Correct, part.Example.Incorrect, model.Plain.Run(part.Example.Clean).Logits);
        });

    /// <summary>d loss / d ε of every edge carrying its source's output + ε·Δ, by central differences.</summary>
    private static double[] Slopes(TruthModel model, Example example, MetricKind metric, bool fromCorrupted)
    {
        const double Step = 1e-5;
        var sums = new double[model.Graph.Edges];
        var lossSign = metric == MetricKind.Divergence ? 1 : -1;
        foreach (var part in Parts(example, metric))
        {
            var (clean, ablated) = (model.Plain.Run(part.Example.Clean), model.Plain.Run(part.Example.Corrupted).Sources);
            for (var edge = 0; edge < sums.Length; edge++)
            {
                var source = model.Graph.EdgeSources[edge];
                double Moved(double by) => PlainTransformer.Metric(
                    model.Plain.Run(
                        part.Example.Clean,
                        (e, current) => e == edge
                            ? [.. current.Select((row, p) => row.Select((x, d) => x + (by * (ablated[source][p][d] - clean.Sources[source][p][d]))).ToArray())]
                            : current,
                        fromCorrupted ? ablated[0] : null).Logits,
                    part.Metric,
                    part.Example.Correct,
                    part.Example.Incorrect,
                    clean.Logits);
                sums[edge] += lossSign * part.Sign * (Moved(Step) - Moved(-Step)) / (2 * Step);
            }
        }

        return sums;
    }

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
