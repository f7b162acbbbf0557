using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Experiments.Tests.Comparison;

/// <summary>What stored results say about how sure they are.</summary>
public sealed class CellEvidenceTests : IDisposable
{
    private static readonly BootstrapOptions quick = new() { Resamples = 50, Splits = 10, SplitResamples = 10, RandomCircuits = 10 };
    private static readonly GraphShape shape = new(2, 2, Parallel: true, 8);

    private readonly FakeSuite files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void SizeCurve_OfAResult_IsOnTheExamplesThatFind()
    {
        var result = FakeResults.Make(shape, 1, examples: 13, blocks: 4);
        var curve = Evidence(result).SizeCurve!;
        int[] finding = [.. Enumerable.Range(0, 13).Where(i => i * 4 / 13 % 2 == 0)];
        var model = finding.Average(i => result.Metrics[i]);
        for (var s = 0; s < result.Sizes.Length; s++)
        {
            // every example of a block stands for the block's mean
            var circuit = finding.Average(i => result.SizeMetrics[(s * 4) + (i * 4 / 13)]);
            Assert.Equal(circuit / model, curve.Faithfulness[s], 1e-9);
            Assert.True(curve.Band[s].Contains(curve.Fit[s]));
        }

        Assert.Null(Evidence(result with { SizeMetrics = [] }).SizeCurve);
    }

    [Fact]
    public void Evidence_OfARealCell_AgreesWithItsSearch()
    {
        var (folder, _) = WriteModels();
        var result = Analyze(folder, out _);
        var evidence = Evidence(result);
        var path = evidence.SearchPath;
        Assert.Equal(result.Sizes.Select(s => s.Budget), path.Select(s => s.Budget).Order());
        Assert.Equal((1 + evidence.Analysis.MaxEdges) / 2, path[0].Budget);

        // the curve's values are those the search went by
        Assert.Equal(result.Sizes.Select(s => result.FoundFaithfulness(s).Value), evidence.SizeCurve!.Faithfulness, (a, b) => Math.Abs(a - b) < 1e-9);
        var certainty = evidence.Certainty!;
        Assert.Equal(evidence.Graph.Edges, certainty.Inclusion.Length);
        Assert.InRange(result.Edges.Indices().Average(e => certainty.Inclusion[e]), 0.5, 1);
        Assert.InRange(evidence.Halves!.Ceiling, 0.05, 1);
    }

    [Fact]
    public void Evidence_WithoutATask_IsThatNothingIsThere()
    {
        var nothing = Evidence(FakeResults.Make(shape, 3, skill: 0));
        Assert.Equal(CellStatus.NoTask, nothing.Result.Status);
        Assert.Null(nothing.Certainty);
        Assert.Null(nothing.SizeCurve);
        Assert.Null(nothing.Halves);
        Assert.Empty(nothing.SearchPath);
        var comparison = CellComparison.Of(nothing, Evidence(FakeResults.Make(shape, 1)));
        Assert.Equal(DifferenceVerdict.NoCircuit, comparison.Verdict);
        Assert.Empty(comparison.Kept);
        Assert.Equal(0, comparison.Jaccard);
    }

    [Fact]
    public void Comparison_OfTwoCells_SplitsTheirEdges()
    {
        var (a, b) = (Evidence(FakeResults.Make(shape, 1)), Evidence(FakeResults.Make(shape, 5)));
        var comparison = CellComparison.Of(a, b);
        Assert.Equal(a.Result.Edges.Indices(), comparison.Kept.Concat(comparison.Lost).Order());
        Assert.Equal(b.Result.Edges.Indices(), comparison.Kept.Concat(comparison.Gained).Order());
        Assert.Equal((double)comparison.Kept.Length / (comparison.Kept.Length + comparison.Gained.Length + comparison.Lost.Length), comparison.Jaccard, 12);
        Assert.Equal(RandomOverlap.ExpectedJaccard(a.Graph.Edges, a.Result.Edges.Count, b.Result.Edges.Count), comparison.Chance);
        Assert.Equal((comparison.Jaccard - comparison.Chance) / (1 - comparison.Chance), comparison.Corrected, 12);
        Assert.Equal(WeightedJaccard.Of(a.Result.Scores.AsSpan(), b.Result.Scores.AsSpan()), comparison.Weighted);
        Assert.Equal((1, a.Graph.Edges), (comparison.OverlapSizes[0], comparison.OverlapSizes[^1]));
        Assert.Equal(1, comparison.OverlapCurve[^1]);
        Assert.Equal(comparison.OverlapSizes.Distinct().Order(), comparison.OverlapSizes);

        var itself = CellComparison.Of(a, a);
        Assert.Equal((1, 1, 1, DifferenceVerdict.WithinNoise), (itself.Jaccard, itself.Spearman, itself.Weighted, itself.Verdict));
        Assert.Equal(1, itself.RankBiased, 12);
        Assert.Throws<ArgumentException>(() => CellComparison.Of(a, Evidence(FakeResults.Make(new GraphShape(3, 2, Parallel: true, 8), 1))));
    }

    [Fact]
    public void CrossEvaluation_OfTwoModels_RunsEachCircuitInTheOther()
    {
        var (first, second) = WriteModels();
        var analyzer = CellAnalyzer.OnCpu();
        var (a, b) = (Cell(first), Cell(second));
        var cross = CrossEvaluation.Run(analyzer, a, b, threads: 1, CancellationToken.None);
        Assert.Equal(0.8, cross.Threshold);
        Assert.Equal(Judge(second, a.Evidence.Result.Edges, b), cross.FirstOnSecond, 12);
        Assert.Equal(Judge(first, b.Evidence.Result.Edges, a), cross.SecondOnFirst, 12);
        Assert.NotEqual(cross.FirstOnSecond, cross.SecondOnFirst);

        // in its own place a circuit keeps what the search found
        var own = CrossEvaluation.Run(analyzer, a, a, threads: 1, CancellationToken.None);
        Assert.Equal(a.Evidence.Result.FoundFaithfulness(a.Evidence.Result.Chosen!).Value, own.FirstOnSecond, 12);

        double Judge(string folder, BitMask edges, EvidencedCell place)
        {
            using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
            using var checkpoint = Checkpoint.Open(folder);
            using var model = Transformer.Load(device, checkpoint);
            var examples = place.Cell.Dataset!.Examples;
            using var evaluator = new CircuitEvaluator(model, examples, place.Cell.Dataset.Metric);
            var metrics = evaluator.Evaluate([Circuit.Prune(place.Evidence.Graph, edges.Indices())])[0];
            int[] finding = [.. Enumerable.Range(0, examples.Length).Where(i => i * place.Evidence.Analysis.Blocks / examples.Length % 2 == 0)];
            return finding.Average(i => metrics[i]) / finding.Average(i => evaluator.CleanMetrics[i]);
        }

        EvidencedCell Cell(string folder)
        {
            var result = Analyze(folder, out var planned);
            var suiteModel = SuiteFolder.Open(files.Folder).Models.Single(m => string.Equals(m.StepFolder(1), folder, StringComparison.Ordinal));
            return new(new(suiteModel, 1, analyzer.Inspect(folder), [planned]), planned, new(result, planned.Analysis!, quick));
        }
    }

    private (string First, string Second) WriteModels()
    {
        var (first, second) = (files.CheckpointFolder("one", 1), files.CheckpointFolder("two", 1));
        TinyModel.Write(first, seed: 3);
        TinyModel.Write(second, seed: 4);
        return (first, second);
    }

    private static CellResult Analyze(string folder, out PlannedCell planned)
    {
        var analyzer = CellAnalyzer.OnCpu();
        var task = TinyModel.Task(folder, isGood: true);
        var analysis = new AnalysisSpec { Blocks = 8 }.Resolve((int)GraphSize.Edges(analyzer.Inspect(folder).Graph), task.Examples.Length);
        planned = new()
        {
            Id = new("s", "m", 1, "t"),
            Tokens = 1,
            Action = CellAction.Keep,
            Reason = PlanReason.UpToDate,
            Why = "",
            Analysis = analysis,
            Dataset = task,
        };
        using var loaded = analyzer.Load(folder, 1, null, CancellationToken.None);
        return loaded.Analyze(task, analysis, null, null, CancellationToken.None);
    }

    private static CellEvidence Evidence(CellResult result) =>
        new(result, new AnalysisSpec { Blocks = result.BlockCounts.Length }.Resolve(result.Scores.Length, result.Metrics.Length), quick);
}
