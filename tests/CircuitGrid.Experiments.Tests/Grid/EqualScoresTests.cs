using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
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

/// <summary>
/// A model so sure of itself that its probabilities are 0 and 1 in float32: the prompts are told apart, but no gradient is left to score an edge by.
/// </summary>
public sealed class EqualScoresTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly CellAnalyzer analyzer = CellAnalyzer.OnCpu();
    private readonly string folder;

    public EqualScoresTests()
    {
        folder = Path.Combine(files.Root, "sure", "step1");
        TinyModel.Write(folder, seed: 3, unembeddingScale: 10_000);
    }

    public void Dispose() => files.Dispose();

    [Fact]
    public void Analyze_NothingToRankBy_IsAnErrorAndNoCircuit()
    {
        var task = new TaskDataset("sure", MetricKind.ProbabilityDifference, Examples(), []);
        var error = Assert.Throws<InvalidInputException>(() => Analyze(task, AttributionMethod.Eap));
        Assert.Equal("edge scores: all 69 edges have the same, 0, so there is nothing to rank them by", error.Message);

        // measured by running the model instead, the same examples have scores
        Assert.NotEqual(CellStatus.NoTask, Analyze(task, AttributionMethod.Exact).Status);
    }

    private CellResult Analyze(TaskDataset task, AttributionMethod method)
    {
        var info = analyzer.Inspect(folder, new());
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        return loaded.Analyze(task, new AnalysisSpec { Method = method }.Resolve((int)GraphSize.Edges(info.Graph), task.Examples.Length), null, null, CancellationToken.None);
    }

    /// <summary>What the model says to the clean prompt is right, and what it says to the corrupted one is wrong.</summary>
    private ImmutableArray<Example> Examples()
    {
        var random = new Random(5);
        var vocabulary = TinyModel.Config.Vocabulary;
        Example[] asked = [.. Enumerable.Range(0, 60).Select(_ => (Clean: Prompt(), Corrupted: Prompt())).SelectMany(_ => Enumerable.Range(0, vocabulary), (x, id) => new Example(x.Clean, x.Corrupted, [id], [(id + 1) % vocabulary]))];
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(folder);
        using var model = Transformer.Load(device, checkpoint);
        using var evaluator = new CircuitEvaluator(model, asked, MetricKind.ProbabilityDifference);
        return
        [
            .. Enumerable.Range(0, 60)
                .Select(i => (First: i * vocabulary, Right: Said(evaluator.CleanMetrics, i), Wrong: Said(evaluator.AblatedMetrics, i)))
                .Where(x => x.Right >= 0 && x.Wrong >= 0 && x.Right != x.Wrong)
                .Select(x => asked[x.First] with { Correct = [x.Right], Incorrect = [x.Wrong] }),
        ];

        ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, 4).Select(_ => random.Next(vocabulary))];

        int Said(IReadOnlyList<double> metrics, int prompt) => Enumerable.Range(0, vocabulary).Append(-1).First(id => id < 0 || metrics[(prompt * vocabulary) + id] > 0.999999);
    }
}
