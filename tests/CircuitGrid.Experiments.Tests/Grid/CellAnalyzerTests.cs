using System.Security.Cryptography;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Tests.Grid;

public sealed class CellAnalyzerTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly CellAnalyzer analyzer = CellAnalyzer.OnCpu();
    private readonly string folder;

    public CellAnalyzerTests()
    {
        folder = Path.Combine(files.Root, "tiny", "step1");
        TinyModel.Write(folder, seed: 3);
    }

    public void Dispose() => files.Dispose();

    /// <summary>
    /// Results are addressed by what they were computed from, so the same address must always hold the same bytes. Whoever changes them
    /// raises <see cref="CellAnalyzer.CurrentAlgorithm"/> and writes the new digest here.
    /// </summary>
    [Theory]
    [InlineData(SearchRule.Bisection, "9152598846bfe92e5ce0a39ac0ccc178")]
    [InlineData(SearchRule.Grid, "e0b8dd0e1e43c363303962a74870f021")]
    public void Analyze_FixedCell_GivesTheBytesOfThisAlgorithmVersion(SearchRule search, string expected)
    {
        Assert.Equal(5, CellAnalyzer.CurrentAlgorithm);
        Assert.Equal(expected, Convert.ToHexStringLower(SHA256.HashData(Bytes(new AnalysisSpec { Search = search })))[..32]);
    }

    [Fact]
    public void Load_TooLittleMemory_LetsGoOfWhatWasLoaded()
    {
        var bytes = analyzer.Inspect(folder, new()).WeightBytes;
        for (var share = 1; share < 10; share++)
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = 2, MemoryBudget = bytes * share / 10 });
            using var checkpoint = Checkpoint.Open(folder);
            Assert.Throws<DeviceMemoryException>(() => Transformer.Load(device, checkpoint));
            Assert.Equal(0, device.AllocatedBytes);
        }
    }

    [Theory]
    [InlineData("cpu-f32", 4)]
    [InlineData("cuda-tf32", 4)]
    [InlineData("cuda-bf16", 2)]
    [InlineData("torch-cpu-f16", 2)]
    public void Inspect_Numerics_SaysWhatTheWeightsTake(string numerics, int bytes)
    {
        var info = new CellAnalyzer(_ => throw new NotSupportedException(), numerics, "nothing").Inspect(folder, new());
        Assert.Equal((bytes * info.NonEmbeddingParameters) + (4 * (info.Parameters - info.NonEmbeddingParameters)), info.WeightBytes);
        Assert.InRange(info.NonEmbeddingParameters, 1, info.Parameters - 1);
    }

    [Theory]
    [InlineData(SearchRule.Grid)]
    [InlineData(SearchRule.Bisection)]
    public void Analyze_AnyThreadsMemoryOrExpectation_GivesTheSameBytes(SearchRule search)
    {
        var spec = new AnalysisSpec { Search = search };
        var expected = Bytes(spec);
        Assert.Equal(expected, Bytes(spec, threads: 3));
        Assert.Equal(expected, Bytes(spec, workingMemory: 1));
        Assert.Equal(expected, Bytes(spec, expectedBudget: 1));
        Assert.Equal(expected, Bytes(spec, expectedBudget: 60));
    }

    [Theory]
    [InlineData(MetricKind.LogProbability, AblationKind.Patching, SearchRule.Grid)]
    [InlineData(MetricKind.LogProbability, AblationKind.PositionalMean, SearchRule.Bisection)]
    [InlineData(MetricKind.Divergence, AblationKind.Patching, SearchRule.Grid)]
    [InlineData(MetricKind.Divergence, AblationKind.Mean, SearchRule.Bisection)]
    [InlineData(MetricKind.LogProbabilityDifference, AblationKind.PositionalMean, SearchRule.Grid)]
    public void Analyze_AnswersOfSeveralTokens_FindsTheSmallestSizeThatKeepsTheShare(MetricKind metric, AblationKind ablation, SearchRule search)
    {
        var task = Continued(TinyModel.Task(folder, isGood: true), metric);
        var result = Analyze(task, new AnalysisSpec { Split = SplitRule.None, Ablation = ablation, Search = search, Threshold = 0.6 });
        Assert.Equal(metric.HasZero() ? null : metric, result.MetricWithoutZero);
        Assert.Equal(CellStatus.Reached, result.Status);
        foreach (var size in result.Sizes)
        {
            var (model, ablated) = (result.Metrics.Average(), result.AblatedMetrics.Average());
            var share = metric.HasZero() ? size.FoundMetric / model : (size.FoundMetric - ablated) / (model - ablated);
            Assert.Equal(share, result.FoundFaithfulness(size).Value, 1e-9);
            Assert.True(size.Budget == result.Budget ? share >= 0.6 : size.Budget > result.Budget || share < 0.6);
        }

        Assert.All(result.Metrics, m => Assert.True(metric != MetricKind.Divergence || m == 0));
        Assert.True(result.Sizes.Length > 2 && result.Edges.Count > 0);
    }

    [Theory]
    [InlineData(SplitRule.Half, AblationKind.Patching, SearchRule.Grid)]
    [InlineData(SplitRule.None, AblationKind.Patching, SearchRule.Grid)]
    [InlineData(SplitRule.Half, AblationKind.Zero, SearchRule.Grid)]
    [InlineData(SplitRule.Half, AblationKind.Mean, SearchRule.Grid)]
    [InlineData(SplitRule.Half, AblationKind.PositionalMean, SearchRule.Grid)]
    [InlineData(SplitRule.Half, AblationKind.Patching, SearchRule.Bisection)]
    [InlineData(SplitRule.None, AblationKind.Mean, SearchRule.Bisection)]
    public void Analyze_Cell_IsWhatItsPartsGive(SplitRule split, AblationKind ablation, SearchRule search)
    {
        var task = TinyModel.Task(folder, isGood: true);
        var spec = new AnalysisSpec { Split = split, Ablation = ablation, Blocks = 5, Search = search };
        var result = Analyze(task, spec);

        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        var corrupted = task.Examples.Select(e => e.Corrupted).ToArray();
        var replaced = ablation switch
        {
            AblationKind.Patching => Ablation.Patching,
            AblationKind.Zero => Ablation.Zero,
            AblationKind.Mean => Ablation.Mean(model, corrupted),
            _ => Ablation.PositionalMean(model, corrupted),
        };

        // blocks of 5, 5, 5, 5 and 4: example i of 24 is in block ⌊5i/24⌋
        int[] finding = [.. Enumerable.Range(0, 24).Where(i => split == SplitRule.None || i * 5 / 24 % 2 == 0)];
        int[] judging = [.. Enumerable.Range(0, 24).Where(i => split == SplitRule.None || i * 5 / 24 % 2 == 1)];
        var graph = new CircuitGraph(GraphShape.Of(model.Config));
        var each = task.Examples.Select(e => EdgeAttribution.Run(model, [e], task.Metric, new AttributionOptions(), replaced).Sums(0).ToArray()).ToArray();
        for (var edge = 0; edge < graph.Edges; edge++)
        {
            var mean = finding.Average(e => each[e][edge]);
            Assert.Equal(mean, result.Scores[edge], 1e-6 + (1e-6 * Math.Abs(mean)));
            var second = Enumerable.Range(0, 24).Where(i => i * 5 / 24 == 1).Average(e => each[e][edge]);
            Assert.Equal(second, result.BlockScores[graph.Edges + edge], 1e-6 + (1e-6 * Math.Abs(second)));
        }

        Assert.Equal([5, 5, 5, 5, 4], result.BlockCounts);
        using var evaluator = new CircuitEvaluator(model, task.Examples, task.Metric, replaced);
        Assert.Equal(evaluator.CleanMetrics, result.Metrics);
        Assert.Equal(evaluator.AblatedMetrics, result.AblatedMetrics);
        Assert.Equal(finding.Average(e => result.Metrics[e]), result.Found.Model, 12);
        Assert.Equal(judging.Average(e => result.AblatedMetrics[e]), result.Judged.Ablated, 12);

        Assert.NotEqual(CellStatus.NoTask, result.Status);
        var ranking = EdgeRanking.Create(graph, result.Scores.AsSpan(), SelectionRule.Greedy);
        foreach (var size in result.Sizes)
        {
            var circuit = ranking.Select(size.Budget);
            var metrics = evaluator.Evaluate([circuit])[0];
            Assert.Equal((circuit.EdgeCount, circuit.NodeCount), (size.Edges, size.Nodes));
            Assert.Equal(finding.Average(e => metrics[e]), size.FoundMetric, 12);
            Assert.Equal(judging.Average(e => metrics[e]), size.JudgedMetric, 12);
            var blocks = result.SizeMetrics.Skip(5 * result.Sizes.IndexOf(size)).Take(5).ToArray();
            Assert.Equal(Enumerable.Range(0, 24).GroupBy(i => i * 5 / 24).Select(g => g.Average(e => metrics[e])), blocks, (a, b) => Math.Abs(a - b) < 1e-12);
        }

        Assert.Equal(ranking.Select(result.Budget).EdgeIndices(), result.Edges.Indices());
        Assert.Equal(ranking.Select(result.Budget).NodeIndices(), result.Nodes.Indices());
        Assert.Equal(result.Status == CellStatus.Reached, result.FoundFaithfulness(result.Chosen!).Value >= 0.8);
        if (search == SearchRule.Bisection)
        {
            Assert.Empty(result.Halves);
            Assert.Empty(result.HalfMetrics);
            return;
        }

        Assert.Equal(SizeGrid.UpTo(graph.Edges), result.Sizes.Select(s => s.Budget));
        Assert.Equal(result.Sizes.First(s => s.Budget == result.Budget || result.FoundFaithfulness(s).Value >= 0.8).Budget, result.Budget);
        Assert.Equal(split == SplitRule.None ? [0, 1, 0, 1, 0] : [0, -1, 1, -1, 0], result.Halves);
        AssertHalves(result, [.. Enumerable.Range(0, 24).Select(i => i * 5 / 24)], each, evaluator);
    }

    /// <summary>Blocks of six templates of four examples each, two blocks to a template, of which the first finds; templates take turns in the halves.</summary>
    [Fact]
    public void Analyze_CellOfTemplates_CutsBlocksAndHalvesByThem()
    {
        // named so that the examples of a template aren't side by side
        var task = TinyModel.Task(folder, isGood: true);
        task = (task with { Templates = [.. Enumerable.Range(0, 24).Select(i => $"template {i % 6}")] }).ByTemplate();
        var spec = new AnalysisSpec { Blocks = 12 };
        var analysis = spec.Resolve((int)GraphSize.Edges(analyzer.Inspect(folder, new()).Graph), task);
        Assert.Equal(SamplingRule.Templates, analysis.Sampling);
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        var result = loaded.Analyze(task, analysis, null, null, CancellationToken.None);
        Assert.Equal(Enumerable.Repeat(2, 12), result.BlockCounts);
        Assert.Equal([0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1], result.Halves);

        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        using var evaluator = new CircuitEvaluator(model, task.Examples, task.Metric);
        var each = task.Examples.Select(e => EdgeAttribution.Run(model, [e], task.Metric, new AttributionOptions()).Sums(0).ToArray()).ToArray();
        int[] finding = [.. Enumerable.Range(0, 24).Where(i => i / 2 % 2 == 0)];
        for (var edge = 0; edge < result.Scores.Length; edge++)
        {
            var mean = finding.Average(e => each[e][edge]);
            Assert.Equal(mean, result.Scores[edge], 1e-6 + (1e-6 * Math.Abs(mean)));
        }

        AssertHalves(result, [.. Enumerable.Range(0, 24).Select(i => i / 2)], each, evaluator);
    }

    /// <summary>Prompts that come again are one sampling unit: the halves have no prompt in common.</summary>
    [Fact]
    public void Analyze_RepeatedPrompts_AreNeverInBothHalves()
    {
        var task = TinyModel.Task(folder, isGood: true);
        var repeated = task with { Examples = [.. Enumerable.Range(0, 24).Select(i => task.Examples[i % 6])] };
        var result = Analyze(repeated, new AnalysisSpec { Blocks = 24, Split = SplitRule.None });
        Assert.Equal([.. Enumerable.Range(0, 24).Select(i => i % 6 % 2)], result.Halves);

        // one prompt alone can't be halved
        var single = Analyze(task with { Examples = [.. Enumerable.Repeat(task.Examples[0], 24)] }, new AnalysisSpec { Blocks = 24, Split = SplitRule.None });
        Assert.NotEqual(CellStatus.NoTask, single.Status);
        Assert.Empty(single.Halves);
        Assert.Equal(SizeGrid.UpTo(result.Scores.Length), single.Sizes.Select(s => s.Budget));
    }

    /// <summary>Every half's circuits are ranked by its own blocks and evaluated on its own examples.</summary>
    private static void AssertHalves(CellResult result, int[] blockOf, double[][] each, CircuitEvaluator evaluator)
    {
        var graph = new CircuitGraph(result.Graph);
        var blocks = result.BlockCounts.Length;
        for (var half = 0; half < 2; half++)
        {
            int[] members = [.. Enumerable.Range(0, blockOf.Length).Where(e => result.Halves[blockOf[e]] == half)];
            float[] scores = [.. Enumerable.Range(0, graph.Edges).Select(edge => (float)members.Average(e => each[e][edge]))];
            var ranking = EdgeRanking.Create(graph, scores, SelectionRule.Greedy);
            for (var s = 0; s < result.Sizes.Length; s++)
            {
                var metrics = evaluator.Evaluate([ranking.Select(result.Sizes[s].Budget)])[0];
                foreach (var block in members.GroupBy(e => blockOf[e]))
                {
                    Assert.Equal(block.Average(e => metrics[e]), result.HalfMetrics[(s * blocks) + block.Key], 1e-6);
                }
            }
        }

        Assert.All(result.HalfMetrics.Index().Where(m => result.Halves[m.Index % blocks] < 0), m => Assert.Equal(0, m.Item));
    }

    [Fact]
    public void Analyze_ThresholdOutOfReach_KeepsTheLargestCircuitTried()
    {
        // some random models keep their metric with two edges, most don't
        var result = Enumerable.Range(1, 20).Select(seed =>
        {
            TinyModel.Write(folder, seed);
            return Analyze(TinyModel.Task(folder, isGood: true), new AnalysisSpec { MaxEdges = EdgeLimit.OfCount(2), Threshold = 1 });
        }).First(r => r.Status == CellStatus.NotReached);
        Assert.Equal(2, result.Budget);
        Assert.Equal(result.Sizes[^1], result.Chosen);
        Assert.InRange(result.FoundFaithfulness(result.Chosen!).Value, double.MinValue, 0.999999);
    }

    [Fact]
    public void Analyze_ModelWithoutTheTask_HasScoresAndNoCircuit()
    {
        var result = Analyze(TinyModel.Task(folder, isGood: false), new AnalysisSpec());
        Assert.Equal(CellStatus.NoTask, result.Status);
        Assert.Empty(result.Sizes);
        Assert.Null(result.Chosen);
        Assert.Equal(0, result.Edges.Count);
        Assert.Contains(result.Scores, s => s != 0);
        Assert.InRange(result.Accuracy, 0.3, 0.7);
    }

    [Fact]
    public void Analyze_PromptOutsideTheModel_SaysSo()
    {
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        var analysis = new AnalysisSpec().Resolve(100, 2);
        var outside = new Example([1, 99], [1, 2], [3], [4]);
        Assert.Throws<InvalidInputException>(() => loaded.Analyze(new("t", MetricKind.LogitDifference, [outside, outside], []), analysis, null, null, CancellationToken.None));
        var fits = outside with { Clean = [1, 2] };
        Assert.Equal(2, loaded.Analyze(new("t", MetricKind.LogitDifference, [fits, fits], []), analysis, null, null, CancellationToken.None).Metrics.Length);
    }

    [Fact]
    public void Analyze_Cancelled_Stops()
    {
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        var task = TinyModel.Task(folder, isGood: true);
        Assert.ThrowsAny<OperationCanceledException>(() => loaded.Analyze(task, new AnalysisSpec().Resolve(100, 24), null, null, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Inspect_Checkpoint_TellsWhatItsConfigurationDoes()
    {
        var info = analyzer.Inspect(folder, new());
        Assert.Equal(new GraphShape(2, 3, Parallel: true, 12), info.Graph);
        Assert.Equal((TinyModel.Config.ParameterCount, 40, 6), (info.Parameters, info.Vocabulary, info.Heads));
        Assert.Throws<InvalidInputException>(() => analyzer.Inspect(files.Root, new()));
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(checkpoint.Digest, analyzer.Examine(folder, [], CancellationToken.None).Digest);
        Assert.Equal("cpu-f32", analyzer.Numerics);
    }

    /// <summary>The task with answers of two tokens, the second ones those for which the clean prompt does most.</summary>
    private TaskDataset Continued(TaskDataset task, MetricKind metric)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        var tokens = Enumerable.Range(0, Math.Min(12, model.Config.Vocabulary)).ToArray();
        Example[] drafts = [.. task.Examples.SelectMany(e => tokens.Select(t => e with { Correct = [e.Correct[0], t], Incorrect = [e.Incorrect[0], tokens[0]], AnswersContinue = true }))];
        using var evaluator = new CircuitEvaluator(model, drafts, metric);
        double[] effects = [.. evaluator.CleanMetrics.Zip(evaluator.AblatedMetrics, (clean, ablated) => metric.IsLoss() ? ablated - clean : metric.HasZero() ? clean : clean - ablated)];
        return task with
        {
            Metric = metric,
            Examples = [.. task.Examples.Select((_, e) => drafts[Enumerable.Range(e * tokens.Length, tokens.Length).MaxBy(i => effects[i])])],
        };
    }

    private byte[] Bytes(AnalysisSpec spec, int threads = 1, long? workingMemory = null, int? expectedBudget = null) =>
        CellResultCodec.Encode(Analyze(TinyModel.Task(folder, isGood: true), spec, threads, workingMemory, expectedBudget));

    private CellResult Analyze(TaskDataset task, AnalysisSpec spec, int threads = 1, long? workingMemory = null, int? expectedBudget = null)
    {
        using var loaded = analyzer.Load(folder, [], threads, workingMemory, CancellationToken.None);
        var edges = (int)GraphSize.Edges(analyzer.Inspect(folder, new()).Graph);
        return loaded.Analyze(task, spec.Resolve(edges, task.Examples.Length), expectedBudget, progress: null, CancellationToken.None);
    }
}
