using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>
/// Hosts experiments on a grid in this process. It knows of no experiment that was started before it; starting one again goes on from the results
/// in the store.
/// </summary>
/// <param name="grid">Runs them; stays the caller's.</param>
/// <param name="texts">Reads them.</param>
/// <param name="options">Settings.</param>
public sealed class LocalExperimentHost(IGrid grid, ExperimentTexts texts, LocalExperimentHostOptions? options = null) : IExperimentHost, IAsyncDisposable
{
    private readonly LocalExperimentHostOptions options = options ?? new();
    private readonly Lock gate = new();
    private readonly Dictionary<string, LocalExperiment> experiments = new(StringComparer.Ordinal);
    private readonly List<string> order = [];
    private bool disposed;

    public IGrid Grid => grid;

    /// <inheritdoc/>
    /// <exception cref="HostBusyException">As many are at work already as may be.</exception>
    public async Task<HostedExperiment> StartAsync(string yaml, bool watch, CancellationToken cancellation = default)
    {
        var spec = Limit(texts.Parse(yaml));
        RequireSuite(spec, watch);
        var id = ExperimentTexts.IdOf(spec);
        LocalExperiment experiment;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (experiments.TryGetValue(id, out var known) && (watch ? known.TryWatch() : known.State.Phase == HostedPhase.Running))
            {
                return known.State.Noting(options.Storage);
            }

            if (experiments.Values.Count(e => e.State.Phase == HostedPhase.Running) >= options.MaxRunning)
            {
                throw new HostBusyException($"The server has {options.MaxRunning} experiments at work, as many as it takes on; cancel one, or try again later.");
            }

            experiments[id] = experiment = new(spec, yaml, watch, texts, options);
            order.Remove(id);
            order.Add(id);
            Forget();
            experiment.Start(grid);
        }

        if (!watch)
        {
            await Task.WhenAny(experiment.Planned, Task.Delay(options.PlanPatience, options.Time, cancellation));
        }

        if (experiment.Refusal is not { } refusal)
        {
            return experiment.State.Noting(options.Storage);
        }

        lock (gate)
        {
            if (experiments.TryGetValue(id, out var now) && now == experiment)
            {
                experiments.Remove(id);
                order.Remove(id);
            }
        }

        throw refusal;
    }

    public Task<IReadOnlyList<HostedExperiment>> ListAsync(CancellationToken cancellation = default)
    {
        lock (gate)
        {
            return Task.FromResult<IReadOnlyList<HostedExperiment>>([.. Enumerable.Reverse(order).Select(id => experiments[id].State.Noting(options.Storage))]);
        }
    }

    public Task<HostedExperiment?> FindAsync(string id, CancellationToken cancellation = default) => Task.FromResult(Find(id)?.State.Noting(options.Storage));

    public Task<bool> CancelAsync(string id, CancellationToken cancellation = default) => Task.FromResult(Find(id)?.Cancel() ?? false);

    public IAsyncEnumerable<HostedEvent> FollowAsync(string id, long after, CancellationToken cancellation = default) =>
        Find(id)?.Events.FollowAsync(after, cancellation) ?? AsyncEnumerable.Empty<HostedEvent>();

    /// <summary>Stops all experiments; what they have computed stays.</summary>
    public async ValueTask DisposeAsync()
    {
        List<LocalExperiment> all;
        lock (gate)
        {
            disposed = true;
            all = [.. experiments.Values];
        }

        foreach (var experiment in all)
        {
            experiment.Cancel();
        }

        foreach (var experiment in all)
        {
            await experiment.DisposeAsync();
        }
    }

    private LocalExperiment? Find(string id)
    {
        lock (gate)
        {
            return experiments.GetValueOrDefault(id)
                ?? experiments.Values.FirstOrDefault(e => string.Equals(e.FormerId, id, StringComparison.Ordinal));
        }
    }

    /// <summary>Threads and memory are the server's to give.</summary>
    private ExperimentSpec Limit(ExperimentSpec spec) => spec with
    {
        Threads = spec.Threads is { } threads ? Math.Min(threads, options.MaxThreads) : null,
        Memory = spec.Memory is { } memory ? Math.Min(memory, options.MaxMemory) : null,
    };

    /// <exception cref="InvalidInputException">The suite can't be used.</exception>
    private void RequireSuite(ExperimentSpec spec, bool watch)
    {
        // what is on the hub is looked up with the plan
        if (RemoteSuite.IsOne(spec.Suite) || (watch && WatchedSuite.HasNothingYet(spec.Suite)))
        {
            return;
        }

        try
        {
            spec.OpenSuite();
        }
        catch (InvalidInputException e)
        {
            throw texts.Hide(e);
        }
    }

    private void Forget()
    {
        while (order.Count > options.MaxRemembered && order.Find(id => experiments[id].State.Phase != HostedPhase.Running) is { } oldest)
        {
            experiments.Remove(oldest);
            order.Remove(oldest);
        }
    }
}
