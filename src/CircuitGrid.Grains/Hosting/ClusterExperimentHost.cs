using System.Runtime.CompilerServices;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// The cluster's experiments. Calls to grains of a silo that has just died fail for some seconds, until the cluster has noticed: they are
/// repeated for as long.
/// </summary>
public sealed class ClusterExperimentHost : IExperimentHost
{
    private const int PageSize = 256;

    /// <summary>How long a grain may take to answer while storage is away.</summary>
    private static readonly TimeSpan OutagePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly IGrainFactory grains;
    private readonly ClusterOptions options;
    private readonly IExperimentSource source;
    private readonly TimeProvider time;
    private readonly IStorageWatch? storage;
    private readonly ResiliencePipeline calls;
    private readonly ExperimentNames names;

    /// <param name="grains">The cluster's grains.</param>
    /// <param name="options">Settings.</param>
    /// <param name="readers">Plan, compare and read.</param>
    /// <param name="source">Finds suites.</param>
    /// <param name="time">The clock.</param>
    /// <param name="storage">Watches the storage: what can't be answered from memory isn't waited for while it is away.</param>
    public ClusterExperimentHost(
        IGrainFactory grains, IOptions<ClusterOptions> options, GridReaders readers, IExperimentSource source, TimeProvider time, IStorageWatch? storage = null)
    {
        this.time = time;
        this.storage = storage;
        this.grains = grains;
        this.source = source;
        this.options = options.Value;
        Grid = new ClusterGrid(readers, this);
        calls = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is OrleansException or TimeoutException && storage?.Outage is null),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(200),
                MaxDelay = TimeSpan.FromSeconds(5),
                MaxRetryAttempts = 20,
            })
            .Build();
        names = new(this.options.ReadExperiment, ListedAsync, (id, cancellation) => CallAsync(id, g => g.ViewAsync(), cancellation));
    }

    public IGrid Grid { get; }

    public async Task<HostedExperiment> StartAsync(string yaml, bool watch, CancellationToken cancellation = default)
    {
        var spec = options.ReadExperiment(yaml);
        if (UrlList.IsOne(spec.Suite))
        {
            throw new InvalidInputException(ExperimentTexts.Source, "names a list of URLs, which one machine reads by itself; give its files a repository on the hub, or a folder");
        }

        var id = await names.OfAsync(spec, cancellation);
        if (RemoteSuite.IsOne(spec.Suite) ? await FindAsync(id, cancellation) is not { Phase: HostedPhase.Running } : !watch || !WatchedSuite.HasNothingYet(spec.Suite))
        {
            _ = await source.OpenSuiteAsync(spec, cancellation);
        }

        return Of(id, await CallAsync(id, g => g.StartAsync(spec.Name, yaml, watch), cancellation));
    }

    public async Task<IReadOnlyList<HostedExperiment>> ListAsync(CancellationToken cancellation = default)
    {
        var ids = await ListedAsync(cancellation);
        var found = await Task.WhenAll(ids.Select(id => ViewAsync(id, cancellation)));
        return [.. found.OfType<HostedExperiment>()];
    }

    public async Task<HostedExperiment?> FindAsync(string id, CancellationToken cancellation = default) =>
        await names.FindAsync(id, cancellation) is var (known, view) ? Of(known, view) : null;

    public async Task<bool> CancelAsync(string id, CancellationToken cancellation = default) =>
        await names.FindAsync(id, cancellation) is var (known, _) && await CallAsync(known, g => g.CancelAsync(), cancellation);

    /// <summary>Has every experiment look its results up in the store, which may have lost some.</summary>
    public async Task VerifyAsync(CancellationToken cancellation = default)
    {
        foreach (var experiment in await ListAsync(cancellation))
        {
            await calls.ExecuteAsync(async _ => await grains.GetGrain<IExperimentGrain>(experiment.Id).VerifyAsync(), cancellation);
        }
    }

    public async IAsyncEnumerable<HostedEvent> FollowAsync(string id, long after, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        if (await names.FindAsync(id, cancellation) is not var (known, _))
        {
            yield break;
        }

        while (true)
        {
            var from = after;
            var page = await CallAsync(known, g => g.EventsAsync(from, PageSize), cancellation);
            foreach (var happened in page.Events)
            {
                yield return Of(happened);
                after = happened.Sequence;
            }

            if (page.Ended)
            {
                yield break;
            }

            if (page.Events.Length < PageSize)
            {
                await Task.Delay(PollInterval, cancellation);
            }
        }
    }

    private Task<T> CallAsync<T>(string id, Func<IExperimentGrain, Task<T>> call, CancellationToken cancellation) =>
        CallAsync(() => call(grains.GetGrain<IExperimentGrain>(id)), cancellation);

    /// <summary>Grains that are awake answer from memory, whatever storage does; one that has to be waked can't read its state.</summary>
    /// <exception cref="StorageOutageException">Storage is away, and the grain doesn't answer.</exception>
    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await calls.ExecuteAsync(
                async c => await call().WaitAsync(storage?.Outage is null ? Timeout.InfiniteTimeSpan : OutagePatience, time, c),
                cancellation);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException && storage?.Outage is { } outage)
        {
            throw new StorageOutageException(outage, e);
        }
    }

    private async Task<HostedExperiment?> ViewAsync(string id, CancellationToken cancellation) =>
        await CallAsync(id, g => g.ViewAsync(), cancellation) is { } view ? Of(id, view) : null;

    private Task<string[]> ListedAsync(CancellationToken cancellation) =>
        CallAsync(() => grains.GetGrain<IExperimentDirectoryGrain>(ExperimentDirectoryGrain.Key).ListAsync(), cancellation);

    private HostedExperiment Of(string id, ExperimentView view) =>
        new HostedExperiment(id, view.Name, view.Yaml, view.Phase, view.Watching, Of(view.Progress), view.Fault, view.Started).Noting(storage);

    private static GridProgress Of(ProgressView view) => new(view.Total, view.Kept, view.Finished, view.Failed, view.Running, view.Elapsed, view.Left);

    private static HostedEvent Of(EventView view)
    {
        CellId? cell = null;
        if (view.Cell is { } name && !CellId.TryParse(name, out cell))
        {
            throw new InvalidInputException(name, "is no name of a cell");
        }

        var outcome = view is { Report: { } report, Kind: GridEventKind.Finished or GridEventKind.Found }
            ? new HostedOutcome(report.Status, report.Edges, report.Nodes, report.Faithfulness)
            : null;
        return new(view.Sequence, view.Kind, cell, view.Message, Of(view.Progress), outcome);
    }
}
