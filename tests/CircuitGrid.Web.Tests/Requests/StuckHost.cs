using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>How something doesn't answer.</summary>
public enum Stuck
{
    /// <summary>It answers.</summary>
    No,

    /// <summary>It never answers, and heeds no token.</summary>
    Never,

    /// <summary>The same, and it keeps the thread that called.</summary>
    Blocking,
}

/// <summary>A host with one experiment, that or whose grid may not answer until it is disposed.</summary>
internal sealed class StuckHost : IExperimentHost, IAsyncDisposable
{
    public const string Id = "0123456789abcdef";
    private const string Yaml = "suite: small\ntasks: [ioi]";

    private readonly ManualResetEventSlim release = new();
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StuckGrid grid;

    /// <param name="ofHost">How the host is stuck.</param>
    /// <param name="ofGrid">How its grid is.</param>
    public StuckHost(Stuck ofHost, Stuck ofGrid)
    {
        OfHost = ofHost;
        grid = new(this, ofGrid);
    }

    public Stuck OfHost { get; set; }

    /// <summary>Letters of each event's message.</summary>
    public int EventLength { get; init; }

    /// <summary>Events to send; then the experiment goes on without any.</summary>
    public int Events { get; init; }

    /// <summary>Followers that listen.</summary>
    public int Following => Volatile.Read(ref following);

    /// <summary>Calls of the host and the grid so far.</summary>
    public int Asked => Volatile.Read(ref asked);

    public IGrid Grid => grid;

    private int following;
    private int asked;

    public async Task<HostedExperiment> StartAsync(string yaml, bool watch, CancellationToken cancellation = default)
    {
        await WaitAsync(OfHost);
        return State();
    }

    public async Task<IReadOnlyList<HostedExperiment>> ListAsync(CancellationToken cancellation = default)
    {
        await WaitAsync(OfHost);
        return [State()];
    }

    public async Task<HostedExperiment?> FindAsync(string id, CancellationToken cancellation = default)
    {
        await WaitAsync(OfHost);
        return State();
    }

    public async Task<bool> CancelAsync(string id, CancellationToken cancellation = default)
    {
        await WaitAsync(OfHost);
        return true;
    }

    public async IAsyncEnumerable<HostedEvent> FollowAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        Interlocked.Increment(ref following);
        try
        {
            for (var i = 1; i <= Events; i++)
            {
                yield return new(i, GridEventKind.Noticed, Cell: null, new string('x', EventLength), State().Progress, Outcome: null);
            }

            await Task.Delay(Timeout.Infinite, cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref following);
        }
    }

    public Task WaitAsync(Stuck how)
    {
        Interlocked.Increment(ref asked);
        if (how == Stuck.Blocking)
        {
            release.Wait();
        }

        return how == Stuck.Never ? released.Task : Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        release.Set();
        released.TrySetResult();
        return default;
    }

    private static HostedExperiment State() =>
        new(Id, "stuck", Yaml, HostedPhase.Running, Watching: false, new GridProgress(0, 0, 0, 0, 0, TimeSpan.Zero, Left: null), Fault: null, DateTimeOffset.UnixEpoch);

    private sealed class StuckGrid(StuckHost host, Stuck how) : IGrid
    {
        public Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default) => FailAsync<GridPlan>();

        public Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) => FailAsync<GridProgress>();

        public Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) => FailAsync<GridProgress>();

        public Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default) => FailAsync<ExperimentComparisons>();

        public Task<ImmutableArray<JudgedPair>> JudgeAsync(
            ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default) => FailAsync<ImmutableArray<JudgedPair>>();

        public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) => FailAsync<CellResult?>();

        public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) => FailAsync<HeadScores?>();

        public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => FailAsync<Provenance?>();

        public ValueTask DisposeAsync() => default;

        private async Task<T> FailAsync<T>()
        {
            await host.WaitAsync(how);
            throw new TimeoutException("nobody waits for this");
        }
    }
}
