using System.Security.Cryptography;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
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
    [Fact]
    public void Analyze_FixedCell_GivesTheBytesOfThisAlgorithmVersion()
    {
        Assert.Equal(5, CellAnalyzer.CurrentAlgorithm);
        Assert.Equal("9152598846bfe92e5ce0a39ac0ccc178", Convert.ToHexStringLower(SHA256.HashData(Bytes(new AnalysisSpec())))[..32]);
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

    [Fact]
    public void Analyze_AnyThreadsMemoryOrExpectation_GivesTheSameBytes()
    {
        var expected = Bytes(new AnalysisSpec());
        Assert.Equal(expected, Bytes(new AnalysisSpec(), threads: 3));
        Assert.Equal(expected, Bytes(new AnalysisSpec(), workingMemory: 1));
        Assert.Equal(expected, Bytes(new AnalysisSpec(), expectedBudget: 1));
        Assert.Equal(expected, Bytes(new AnalysisSpec(), expectedBudget: 60));
    }

    [Theory]
    [InlineData(SplitRule.Half, AblationKind.Patching)]
    [InlineData(SplitRule.None, AblationKind.Patching)]
    [InlineData(SplitRule.Half, AblationKind.Zero)]
    [InlineData(SplitRule.Half, AblationKind.Mean)]
    [InlineData(SplitRule.Half, AblationKind.PositionalMean)]
    public void Analyze_Cell_IsWhatItsPartsGive(SplitRule split, AblationKind ablation)
    {
        var task = TinyModel.Task(folder, isGood: true);
        var spec = new AnalysisSpec { Split = split, Ablation = ablation, Blocks = 5 };
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
        Assert.Equal(checkpoint.Digest, analyzer.Digest(folder, [], CancellationToken.None));
        Assert.Equal("cpu-f32", analyzer.Numerics);
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
