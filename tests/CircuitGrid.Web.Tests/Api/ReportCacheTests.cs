using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>How long a report stays.</summary>
public sealed class ReportCacheTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 4);
    private readonly ManualTime time = new();
    private readonly SqliteCellStore store;

    public ReportCacheTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Report_WithCircuitsThatNobodyHadRoomFor_IsMadeAgainAfterAMinute()
    {
        await using var grid = new BusyGrid(store) { Busy = new(null, "no device has room for the checkpoint now", IsForNow: true) };
        var spec = await RunAsync(grid);
        using var cache = Cache(grid);
        var first = await cache.ReadAsync(spec, CancellationToken.None);
        Assert.NotEmpty(Different(first));
        Assert.Equal(Different(first).Length, first.Unjudged);
        Assert.All(Different(first), d => Assert.Equal(("no device has room for the checkpoint now", true, false), (d.GetProperty("unjudged").GetString(), d.GetProperty("judgedLater").GetBoolean(), IsJudged(d))));
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));

        grid.Busy = null;
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));
        time.Advance(TimeSpan.FromMinutes(1.1));
        var second = await cache.ReadAsync(spec, CancellationToken.None);
        Assert.Equal((0, first.Stamp), (second.Unjudged, second.Stamp));
        Assert.NotEqual(first.Tag, second.Tag);
        Assert.Equal(Different(first).Length, Different(second).Length);
        Assert.All(Different(second), d => Assert.True(IsJudged(d)));

        time.Advance(TimeSpan.FromDays(1));
        Assert.Same(second, await cache.ReadAsync(spec, CancellationToken.None));
    }

    [Fact]
    public async Task Report_WithCircuitsThatCantBeRun_Stays()
    {
        await using var grid = new BusyGrid(store) { Busy = new(null, "fake/model-0@0 can't be loaded: is unloadable", IsForNow: false) };
        var spec = await RunAsync(grid);
        using var cache = Cache(grid);
        var first = await cache.ReadAsync(spec, CancellationToken.None);
        Assert.NotEmpty(Different(first));
        Assert.All(Different(first), d => Assert.Equal(("fake/model-0@0 can't be loaded: is unloadable", false, false), (d.GetProperty("unjudged").GetString(), d.GetProperty("judgedLater").GetBoolean(), IsJudged(d))));
        Assert.Equal(0, first.Unjudged);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));
    }

    /// <summary>The differences of the pairs that differ.</summary>
    private static JsonElement[] Different(CachedReport report)
    {
        using var json = JsonDocument.Parse(report.Json);
        return
        [
            .. json.RootElement.GetProperty("trajectories").EnumerateArray().SelectMany(t => t.GetProperty("differences").EnumerateArray())
                .Where(d => d.ValueKind == JsonValueKind.Object && d.GetProperty("verdict").GetString() == "different").Select(d => d.Clone()),
        ];
    }

    private static bool IsJudged(JsonElement difference) =>
        ((string[])["earlierOnLater", "laterOnEarlier"]).All(name => difference.TryGetProperty(name, out var share) && share.ValueKind == JsonValueKind.Number);

    private ReportCache Cache(BusyGrid grid) => new(new OnlyGrid(grid), new CircuitGridApiOptions { Program = "x", Time = time, SuitesRoot = suite.Root });

    private async Task<ExperimentSpec> RunAsync(BusyGrid grid)
    {
        var spec = suite.Experiment() with { Comparison = new ComparisonOptions { IncludeNotReached = true } };
        await grid.RunAsync(spec);
        return spec;
    }

    /// <summary>A grid on made-up results whose device may be busy with something else.</summary>
    private sealed class BusyGrid(SqliteCellStore store) : IGrid
    {
        private readonly LocalGrid grid = new(store, store, new SureAnalyzer(), new FakeSource());

        public JudgedPair? Busy { get; set; }

        public Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default) => grid.PlanAsync(experiment, cancellation);

        public Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
            grid.RunAsync(experiment, progress, cancellation);

        public Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
            grid.WatchAsync(experiment, progress, cancellation);

        public Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default) => grid.CompareAsync(experiment, cancellation);

        public async Task<ImmutableArray<JudgedPair>> JudgeAsync(
            ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
            Busy is { } busy ? [.. pairs.Select(_ => busy)] : await grid.JudgeAsync(experiment, pairs, maxWeightBytes, progress, cancellation);

        public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) => grid.ReadAsync(key, cancellation);

        public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) => grid.ReadHeadsAsync(key, cancellation);

        public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => grid.ReadProvenanceAsync(key, cancellation);

        public ValueTask DisposeAsync() => grid.DisposeAsync();
    }

    /// <summary>Invents results whose blocks all score alike: circuits without noise, so that those of two checkpoints differ.</summary>
    private sealed class SureAnalyzer : ICellAnalyzer
    {
        private readonly FakeAnalyzer fake = new();

        public string Numerics => fake.Numerics;

        public int AlgorithmVersion => fake.AlgorithmVersion;

        public string Device => fake.Device;

        public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign) => fake.Inspect(files, foreign);

        public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation) => fake.Examine(files, ignored, cancellation);

        public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation) =>
            new Loaded(fake.Load(files, ignored, threads, workingMemory, cancellation));

        private sealed class Loaded(ILoadedCheckpoint fake) : ILoadedCheckpoint
        {
            public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation)
            {
                var result = fake.Analyze(dataset, analysis, expectedBudget, progress, cancellation);
                return result with { BlockScores = [.. result.BlockCounts.SelectMany(_ => result.Scores)] };
            }

            public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
                TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) => fake.Evaluate(dataset, analysis, circuits, cancellation);

            public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation) => fake.MeasureHeads(inputs, circuit, cancellation);

            public void Dispose() => fake.Dispose();
        }
    }

    private sealed class OnlyGrid(IGrid grid) : IExperimentHost
    {
        public IGrid Grid => grid;

        public Task<HostedExperiment> StartAsync(string yaml, bool watch, CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<IReadOnlyList<HostedExperiment>> ListAsync(CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<HostedExperiment?> FindAsync(string id, CancellationToken cancellation = default) => throw new NotSupportedException();

        public Task<bool> CancelAsync(string id, CancellationToken cancellation = default) => throw new NotSupportedException();

        public IAsyncEnumerable<HostedEvent> FollowAsync(string id, long after, CancellationToken cancellation = default) => throw new NotSupportedException();
    }
}
