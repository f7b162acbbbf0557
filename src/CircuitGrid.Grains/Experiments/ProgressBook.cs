using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Experiments;

/// <summary>Counts an experiment's cells.</summary>
/// <param name="time">The clock.</param>
/// <param name="started">When the experiment was started.</param>
internal sealed class ProgressBook(TimeProvider time, DateTimeOffset started)
{
    private readonly long began = time.GetTimestamp();
    private int total;
    private int kept;
    private int finished;
    private int failed;
    private int running;

    /// <summary>Takes over a plan: what it keeps was there, and what can't be done has failed.</summary>
    public void Plan(GridPlan plan)
    {
        total = plan.Cells.Count();
        failed = plan.Count(CellAction.Skip);
        kept = plan.Count(CellAction.Keep) - finished;
    }

    /// <summary>A checkpoint has come of which nothing is done yet.</summary>
    public void Add(PlannedCheckpoint checkpoint)
    {
        total += checkpoint.Cells.Length;
        failed += checkpoint.Cells.Count(c => c.Action == CellAction.Skip);
    }

    public void Start() => running++;

    /// <summary>A cell is under way no more, whatever came of it.</summary>
    public void Stop() => running--;

    public void Finish() => finished++;

    public void Fail() => failed++;

    /// <summary>What is left is expected to take as long, cell by cell, as what was done since this activation began.</summary>
    public ProgressView View()
    {
        var rest = total - kept - finished - failed;
        TimeSpan? left = rest == 0 ? TimeSpan.Zero
            : finished > 0 ? time.GetElapsedTime(began) * rest / finished
            : null;
        return new(total, kept, finished, failed, running, time.GetUtcNow() - started, left);
    }
}
