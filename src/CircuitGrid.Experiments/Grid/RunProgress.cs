using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Counts a run's cells and tells its listener of everything that happens, one at a time.</summary>
internal sealed class RunProgress
{
    private readonly Lock gate = new();
    private readonly List<CellKey> results = [];
    private readonly IProgress<GridEvent>? listener;
    private readonly TimeProvider time;
    private readonly long began;
    private readonly int workers;
    private readonly int total;
    private readonly int kept;
    private int finished;
    private int failed;
    private int running;
    private double forecastDone;
    private double forecastLeft;

    public RunProgress(GridPlan plan, IProgress<GridEvent>? listener, TimeProvider time)
    {
        this.listener = listener;
        this.time = time;
        began = time.GetTimestamp();
        workers = plan.Workers;
        total = plan.Cells.Count();
        kept = plan.Count(CellAction.Keep);
        failed = plan.Cells.Count(c => c.IsTold);
        forecastLeft = plan.Cells.Sum(c => c.Forecast);
    }

    /// <summary>How far the run is.</summary>
    public GridProgress Now
    {
        get
        {
            lock (gate)
            {
                return Snapshot();
            }
        }
    }

    /// <summary>Keys of the results that have come, computed or found.</summary>
    public IReadOnlyList<CellKey> Results
    {
        get
        {
            lock (gate)
            {
                return [.. results];
            }
        }
    }

    public void Report(GridEventKind kind, string? message = null) => Report(() => new(kind, Cell: null, message, Snapshot()));

    public void Started(CellId cell) => Report(() =>
    {
        running++;
        return new(GridEventKind.Started, cell, Message: null, Snapshot());
    });

    public void Finished(PlannedCell cell, CellOutcome outcome) => Report(() =>
    {
        running--;
        finished++;
        results.Add(cell.Fingerprint!.Key);
        Account(cell);
        return new(GridEventKind.Finished, cell.Id, Message: null, Snapshot(), outcome.Result, outcome.Heads);
    });

    public void Found(PlannedCell cell, CellOutcome outcome) => Report(() =>
    {
        finished++;
        results.Add(cell.Fingerprint!.Key);
        forecastLeft -= cell.Forecast;
        return new(GridEventKind.Found, cell.Id, Message: null, Snapshot(), outcome.Result, outcome.Heads);
    });

    /// <param name="cell">The cell.</param>
    /// <param name="reason">Why it failed.</param>
    /// <param name="wasRunning">It was started; otherwise it never could be.</param>
    public void Failed(PlannedCell cell, string reason, bool wasRunning) => Report(() =>
    {
        running -= wasRunning ? 1 : 0;
        failed++;
        forecastLeft -= cell.Forecast;
        return new(GridEventKind.Failed, cell.Id, reason, Snapshot());
    });

    private void Account(PlannedCell cell)
    {
        forecastDone += cell.Forecast;
        forecastLeft -= cell.Forecast;
    }

    private void Report(Func<GridEvent> happened)
    {
        lock (gate)
        {
            var what = happened();
            listener?.Report(what);
        }
    }

    /// <summary>The forecast of what is left is scaled by how wrong it was for what is done.</summary>
    private GridProgress Snapshot()
    {
        var elapsed = time.GetElapsedTime(began);
        TimeSpan? left = finished + failed + kept == total ? TimeSpan.Zero
            : forecastDone > 0 ? TimeSpan.FromSeconds(Math.Max(0, forecastLeft) * elapsed.TotalSeconds / forecastDone)
            : forecastLeft > 0 ? TimeSpan.FromSeconds(forecastLeft / workers)
            : null;
        return new(total, kept, finished, failed, running, elapsed, left);
    }
}
