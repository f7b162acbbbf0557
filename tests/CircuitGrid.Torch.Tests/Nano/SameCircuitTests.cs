using System.Globalization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Torch.Tests.Nano;

/// <summary>
/// Whole cells of the shipped suite on the managed CPU device and on libtorch's in float32: scores, sizes and circuits. Edges may differ only
/// where scores are near-ties, nearer to each other than rounding puts them; those that do are listed in the test's output.
/// </summary>
public sealed class SameCircuitTests
{
    /// <summary>Of the largest score: how far rounding moves one (the golden cases' bound for float32).</summary>
    private const double NearTie = 2e-5;

    /// <summary>Faithfulness is a quotient of sums of metrics that agree to about this share.</summary>
    private const double MetricTolerance = 1e-4;

    public static TheoryData<string, string, int, string> Cells =>
    [
        .. from device in TestDevices.Names
           from cell in ((string Model, int Step, string Task)[])
           [
               ("nano-2l", 1000, "ioi"), ("nano-2l", 4000, "greater-than"), ("nano-3l", 2000, "sva"),
               ("nano-3l", 4000, "gendered-pronoun"), ("nano-4l", 4000, "ioi"), ("nano-4l", 512, "sva"),
           ]
           select new TheoryDataRow<string, string, int, string>(device, cell.Model, cell.Step, cell.Task),
    ];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Cell_OnBothDevices_HasTheSameCircuitButForNearTies(string device, string model, int step, string task)
    {
        var expected = Analyze(() => new CpuDevice(new CpuDeviceOptions { Threads = 2 }), model, step, task);
        var actual = Analyze(() => TestDevices.Open(device), model, step, task);

        var largest = expected.Scores.Max(Math.Abs);
        Assert.True(largest > 0);
        for (var e = 0; e < expected.Scores.Length; e++)
        {
            Assert.Equal(expected.Scores[e], actual.Scores[e], NearTie * largest);
        }

        Assert.Equal(expected.Status, actual.Status);
        Assert.Equal(expected.Sizes.Select(s => s.Budget), actual.Sizes.Select(s => s.Budget));
        Assert.Equal(expected.Budget, actual.Budget);
        foreach (var (one, other) in expected.Sizes.Zip(actual.Sizes))
        {
            Assert.Equal(one.FoundMetric, other.FoundMetric, MetricTolerance * Math.Max(1, Math.Abs(one.FoundMetric)));
        }

        AssertDiffersOnlyInNearTies(expected, actual, NearTie * largest);
    }

    /// <summary>An edge that only one circuit has must have, among the other's own edges, one of nearly its score that the first lacks.</summary>
    private static void AssertDiffersOnlyInNearTies(CellResult expected, CellResult actual, double tie)
    {
        var graph = new CircuitGraph(expected.Graph);
        var (ours, theirs) = (expected.Edges.Indices().ToHashSet(), actual.Edges.Indices().ToHashSet());
        var (onlyOurs, onlyTheirs) = (ours.Except(theirs).ToList(), theirs.Except(ours).ToList());
        foreach (var edge in onlyOurs.Concat(onlyTheirs))
        {
            var others = onlyOurs.Contains(edge) ? onlyTheirs : onlyOurs;
            TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"near-tie: {GraphNames.Edge(graph, edge)} {expected.Scores[edge]:R}"));
            Assert.Contains(others, other => Math.Abs(Math.Abs(expected.Scores[edge]) - Math.Abs(expected.Scores[other])) <= 2 * tie);
        }
    }

    private static CellResult Analyze(Func<IDevice> open, string model, int step, string task)
    {
        var numerics = "test";
        var analyzer = new CellAnalyzer(_ => open(), numerics, numerics);
        var folder = NanoCells.Folder(model, step);
        var dataset = NanoCells.Task(task);
        using var checkpoint = analyzer.Load(folder, [], threads: 2, workingMemory: null, CancellationToken.None);
        var edges = new CircuitGraph(analyzer.Inspect(folder, new()).Graph).Edges;
        return checkpoint.Analyze(dataset, NanoCells.Analysis(edges, dataset), expectedBudget: null, progress: null, CancellationToken.None);
    }
}
