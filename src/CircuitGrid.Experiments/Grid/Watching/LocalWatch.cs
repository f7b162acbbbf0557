using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Grid;

/// <summary>A watch in this process: looks at the suite again and again, and has whatever has come computed, round by round.</summary>
/// <param name="experiment">The experiment.</param>
/// <param name="reader">Plans.</param>
/// <param name="source">Looks at files.</param>
/// <param name="options">Settings.</param>
/// <param name="run">Carries out a plan.</param>
/// <param name="listener">Hears of everything that happens.</param>
internal sealed class LocalWatch(
    ExperimentSpec experiment,
    GridReader reader,
    IExperimentSource source,
    LocalGridOptions options,
    Func<GridPlan, IProgress<GridEvent>?, CancellationToken, Task<GridProgress>> run,
    IProgress<GridEvent>? listener)
{
    private GridProgress progress = new(0, 0, 0, 0, 0, TimeSpan.Zero, Left: null);

    /// <summary>Watches until it is cancelled.</summary>
    /// <exception cref="InvalidInputException">The suite was never one, or the experiment or the store can't be used.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var suite = new WatchedSuite(experiment, source, Say);
        var watcher = new CheckpointWatcher(source, options, reader.Sightings);
        var history = new WatchHistory(isWatching: true, watcher.StateOf, Say);
        var (isDue, isPlanned) = (false, false);
        while (true)
        {
            if (await suite.OpenAsync(cancellation) is { } found)
            {
                var look = watcher.Look(found, experiment);
                foreach (var note in look.Notes)
                {
                    Say(note);
                }

                isDue |= look.IsNews;
                if (isDue && await PlanAsync(isPlanned ? suite : null, watcher, cancellation) is { } plan)
                {
                    (isDue, isPlanned) = (false, true);
                    plan = history.Apply(plan);
                    isDue = !await RunAsync(plan, new Round(plan, source, watcher, history, listener), cancellation);
                }
            }

            await Task.Delay(RemoteSuite.IsOne(experiment.Suite) ? options.HubInterval : options.WatchInterval, options.Time, cancellation);
        }
    }

    /// <returns>Whether it came to its end: not where the hub couldn't be reached, which may be otherwise at the next look.</returns>
    private async Task<bool> RunAsync(GridPlan plan, IProgress<GridEvent> round, CancellationToken cancellation)
    {
        try
        {
            progress = await run(plan, round, cancellation);
            return true;
        }
        catch (HubUnreachableException e)
        {
            Say($"{e.Message}; trying again");
            return false;
        }
    }

    /// <param name="known">The suite, where it has been planned before: an error of its own is waited out then.</param>
    /// <param name="watcher">Knows what is whole.</param>
    /// <param name="cancellation">Cancels the planning.</param>
    /// <returns><see langword="null"/> where the suite has gone away meanwhile.</returns>
    private async Task<GridPlan?> PlanAsync(WatchedSuite? known, CheckpointWatcher watcher, CancellationToken cancellation)
    {
        try
        {
            return await reader.PlanAsync(experiment, watcher.IsReady, cancellation);
        }
        catch (InvalidInputException e) when (known?.Misses(e) ?? false)
        {
            return null;
        }
    }

    private void Say(string note) => listener?.Report(new(GridEventKind.Noticed, Cell: null, note, progress));

    /// <summary>Remembers which cells of a round fail, and passes everything on.</summary>
    private sealed class Round(GridPlan plan, IExperimentSource source, CheckpointWatcher watcher, WatchHistory history, IProgress<GridEvent>? next) : IProgress<GridEvent>
    {
        private readonly Dictionary<CellId, PlannedCheckpoint> checkpoints =
            plan.Checkpoints.SelectMany(p => p.Cells, (p, c) => KeyValuePair.Create(c.Id, p)).ToDictionary();

        public void Report(GridEvent value)
        {
            if (value is { Kind: GridEventKind.Failed, Cell: { } cell })
            {
                NoteFailure(checkpoints[cell], cell);
            }

            next?.Report(value);
        }

        /// <summary>Files that changed or went away while a cell was at work may be what it failed of: it is tried again once they are whole.</summary>
        private void NoteFailure(PlannedCheckpoint checkpoint, CellId cell)
        {
            if (history.Failed(checkpoint, cell) != source.StateOf(checkpoint.Model.At(checkpoint.Step)))
            {
                history.Forget(cell);
                watcher.Forget(checkpoint.Folder);
            }
        }
    }
}
