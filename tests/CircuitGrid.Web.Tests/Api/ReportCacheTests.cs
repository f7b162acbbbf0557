using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
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
        Assert.True(first.Unjudged > 0);
        var different = Differences(first).Where(d => d.Verdict == "different").ToArray();
        Assert.NotEmpty(different);
        Assert.All(different, d => Assert.False(d.IsJudged));
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));

        grid.Busy = null;
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));
        time.Advance(TimeSpan.FromMinutes(1.1));
        var second = await cache.ReadAsync(spec, CancellationToken.None);
        Assert.Equal((0, first.Stamp), (second.Unjudged, second.Stamp));
        Assert.NotEqual(first.Tag, second.Tag);

        // the verdict stays, and says now how faithful each is in the other's place
        Assert.Equal(Differences(first).Select(d => d.Verdict), Differences(second).Select(d => d.Verdict));
        Assert.All(Differences(second), d => Assert.Equal(d.Verdict == "different", d.IsJudged));

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
        Assert.Contains(("different", false), Differences(first));
        time.Advance(TimeSpan.FromDays(1));
        Assert.Same(first, await cache.ReadAsync(spec, CancellationToken.None));
    }

    private static (string Verdict, bool IsJudged)[] Differences(CachedReport report)
    {
        using var json = JsonDocument.Parse(report.Json);
        return
        [
            .. json.RootElement.GetProperty("trajectories").EnumerateArray().SelectMany(t => t.GetProperty("differences").EnumerateArray())
                .Where(d => d.ValueKind == JsonValueKind.Object).Select(d => (d.GetProperty("verdict").GetString()!, d.GetProperty("earlierOnLater").ValueKind == JsonValueKind.Number)),
        ];
    }

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
        private readonly LocalGrid grid = new(store, store, new FakeAnalyzer(), new FakeSource());

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
