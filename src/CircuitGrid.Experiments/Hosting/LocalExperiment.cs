using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>One start of an experiment, and the task that carries it out.</summary>
internal sealed class LocalExperiment : IProgress<GridEvent>, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource planned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ExperimentSpec spec;
    private readonly ExperimentTexts texts;
    private readonly EventLog log;
    private readonly Action<Exception>? faulted;
    private HostedExperiment state;
    private Task work = Task.CompletedTask;

    public LocalExperiment(ExperimentSpec spec, string yaml, bool watch, ExperimentTexts texts, LocalExperimentHostOptions options)
    {
        this.spec = spec;
        this.texts = texts;
        log = new(options.MaxEvents);
        faulted = options.Faulted;
        FormerId = ExperimentTexts.FormerIdOf(spec);
        var none = new GridProgress(0, 0, 0, 0, 0, TimeSpan.Zero, Left: null);
        state = new(ExperimentTexts.IdOf(spec), spec.Name, yaml, HostedPhase.Running, watch, none, Fault: null, options.Time.GetUtcNow());
    }

    /// <summary>What a host of a former version called it.</summary>
    public string FormerId { get; }

    public HostedExperiment State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    public EventLog Events => log;

    /// <summary>Ends when the plan is made, or the experiment.</summary>
    public Task Planned => Task.WhenAny(planned.Task, work);

    /// <summary>Why it never got to a plan.</summary>
    public InvalidInputException? Refusal { get; private set; }

    public void Start(IGrid grid) => work = Task.Run(() => RunAsync(grid));

    /// <summary>Lets it go on with new checkpoints after the run it is at.</summary>
    /// <returns>Whether it does: not where it has just ended.</returns>
    public bool TryWatch()
    {
        lock (gate)
        {
            state = state.Phase == HostedPhase.Running ? state with { Watching = true } : state;
            return state.Phase == HostedPhase.Running;
        }
    }

    /// <returns>Whether it was running.</returns>
    public bool Cancel()
    {
        if (State.Phase != HostedPhase.Running)
        {
            return false;
        }

        stop.Cancel();
        return true;
    }

    public void Report(GridEvent value)
    {
        var hidden = value.Message is { } message ? value with { Message = texts.Hide(message) } : value;
        lock (gate)
        {
            state = state with { Progress = value.Progress };
        }

        log.Add(sequence => HostedEvents.Of(sequence, hidden));
        if (value.Kind != GridEventKind.Noticed)
        {
            planned.TrySetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await work;
        stop.Dispose();
    }

    private async Task RunAsync(IGrid grid)
    {
        try
        {
            if (!State.Watching)
            {
                await grid.RunAsync(spec, this, stop.Token);
            }

            if (!TryComplete())
            {
                await grid.WatchAsync(spec, this, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            End(HostedPhase.Cancelled, fault: null);
        }
        catch (InvalidInputException e)
        {
            faulted?.Invoke(e);
            var hidden = texts.Hide(e);
            Refusal = planned.Task.IsCompleted ? null : hidden;
            End(HostedPhase.Failed, hidden.Message);
        }
        catch (Exception e)
        {
            faulted?.Invoke(e);
            End(HostedPhase.Failed, $"an unforeseen {e.GetType().Name}; the server's log says more");
        }
        finally
        {
            log.End();
        }
    }

    /// <returns>Whether nothing is left to do; <see langword="false"/> where somebody wants it to watch.</returns>
    private bool TryComplete()
    {
        lock (gate)
        {
            state = state.Watching ? state : state with { Phase = HostedPhase.Completed };
            return !state.Watching;
        }
    }

    private void End(HostedPhase phase, string? fault)
    {
        lock (gate)
        {
            state = state with { Phase = phase, Fault = fault };
        }
    }
}
