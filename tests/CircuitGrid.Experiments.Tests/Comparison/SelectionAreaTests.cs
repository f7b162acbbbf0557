using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
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

/// <summary>CPR and CMD of a real small model against their definition written out.</summary>
public sealed class SelectionAreaTests : IDisposable
{
    private static readonly double[] s_shares = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

    private readonly FakeSuite files = new();

    public void Dispose() => files.Dispose();

    /// <summary>MIB's rule whatever the cell's analysis; the cell's own where the analysis selects the same way, but for the rounding.</summary>
    [Theory]
    [InlineData(AreaRule.Mib, SelectionRule.Greedy)]
    [InlineData(AreaRule.Mib, SelectionRule.TopN)]
    [InlineData(AreaRule.Cell, SelectionRule.TopN)]
    public void Run_ARule_IsTheAreaOfItsCircuits(AreaRule rule, SelectionRule selection)
    {
        var analyzer = CellAnalyzer.OnCpu();
        var cell = Cell(analyzer, selection);
        var (absolute, signed) = SelectionArea.Run(analyzer, cell, rule, threads: 1, CancellationToken.None);
        Check(Plain(cell, rule, score => Math.Abs(score)), absolute);
        Check(Plain(cell, rule, score => score), signed);
        Assert.True(absolute.Area.Absolute);
        Assert.False(signed.Area.Absolute);
    }

    [Fact]
    public void Run_TheRules_AreOfOtherCircuits()
    {
        var analyzer = CellAnalyzer.OnCpu();
        var cell = Cell(analyzer, SelectionRule.Greedy);
        Assert.NotEqual(
            SelectionArea.Run(analyzer, cell, AreaRule.Cell, threads: 1, CancellationToken.None).Absolute.Area,
            SelectionArea.Run(analyzer, cell, AreaRule.Mib, threads: 1, CancellationToken.None).Absolute.Area);
    }

    private static void Check((double[] Faithfulness, double Ratio, double Distance) expected, SelectionArea actual)
    {
        for (var i = 0; i < expected.Faithfulness.Length; i++)
        {
            Assert.Equal(expected.Faithfulness[i], actual.Faithfulness[i], 1e-5);
        }

        Assert.Equal(expected.Ratio, actual.Area.PerformanceRatio, 1e-5);
        Assert.Equal(expected.Distance, actual.Area.ModelDistance, 1e-5);
    }

    /// <summary>The best edges by a sort, a run of each, means over the judging examples, and trapezoids, without any of the grid's code.</summary>
    private static (double[] Faithfulness, double Ratio, double Distance) Plain(EvidencedCell cell, AreaRule rule, Func<float, float> value)
    {
        using var device = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var checkpoint = Checkpoint.Open(cell.Checkpoint.Folder);
        using var model = Transformer.Load(device, checkpoint);
        var (examples, blocks, scores) = (cell.Cell.Dataset!.Examples, cell.Cell.Analysis!.Blocks, cell.Evidence.Result.Scores);
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(e => value(scores[e])).ThenBy(e => e)];
        int[] judging = [.. Enumerable.Range(0, examples.Length).Where(i => i * blocks / examples.Length % 2 == 1)];
        using var evaluator = new CircuitEvaluator(model, examples, cell.Cell.Dataset.Metric);
        var (clean, ablated) = (judging.Average(i => evaluator.CleanMetrics[i]), judging.Average(i => evaluator.AblatedMetrics[i]));
        double[] faithfulness =
        [
            .. s_shares.Select(share =>
            {
                var n = (int)(rule == AreaRule.Mib ? share * scores.Length : Math.Round(share * scores.Length));
                var metrics = evaluator.Evaluate([Circuit.Prune(cell.Evidence.Graph, order.Take(n))])[0];
                return (judging.Average(i => metrics[i]) - ablated) / (clean - ablated);
            }),
        ];
        var (ratio, distance) = (0.0, 0.0);
        for (var i = 1; i < faithfulness.Length; i++)
        {
            ratio += (s_shares[i] - s_shares[i - 1]) * 0.5 * (faithfulness[i] + faithfulness[i - 1]);
            distance += (s_shares[i] - s_shares[i - 1]) * 0.5 * (Math.Abs(1 - faithfulness[i]) + Math.Abs(1 - faithfulness[i - 1]));
        }

        return (faithfulness, ratio, distance);
    }

    private EvidencedCell Cell(CellAnalyzer analyzer, SelectionRule selection)
    {
        var folder = files.CheckpointFolder("one", 1);
        TinyModel.Write(folder, seed: 3);
        var info = analyzer.Inspect(folder, new());
        var task = TinyModel.Task(folder, isGood: true);
        var analysis = new AnalysisSpec { Blocks = 8, Selection = selection }.Resolve((int)GraphSize.Edges(info.Graph), task.Examples.Length);
        using var loaded = analyzer.Load(folder, [], 1, null, CancellationToken.None);
        var result = loaded.Analyze(task, analysis, null, null, CancellationToken.None);
        var planned = new PlannedCell
        {
            Id = new("s", "one", 1, "t"),
            Tokens = 1,
            Action = CellAction.Keep,
            Reason = PlanReason.UpToDate,
            Why = "",
            Fingerprint = new("one", "e", analysis.Canonical, "cpu-f32", 1),
            Analysis = analysis,
            Dataset = task,
        };
        var suiteModel = SuiteFolder.Open(files.Folder).Models.Single();
        return new(new(suiteModel, 1, info, [planned]), planned, new CellEvidence(result, analysis, task));
    }
}
