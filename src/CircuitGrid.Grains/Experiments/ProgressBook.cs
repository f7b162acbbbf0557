using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Counts an experiment's cells. It knows how each one stands, so that whatever comes, changes, fails or goes, every cell of the latest plan is in one count and no
/// other is in any.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="started">When the experiment was started.</param>
internal sealed class ProgressBook(TimeProvider time, DateTimeOffset started)
{
    private readonly long began = time.GetTimestamp();
    private readonly Dictionary<CellId, Standing> cells = [];
    private readonly int[] counts = new int[Enum.GetValues<Standing>().Length];

    private enum Standing
    {
        Waiting,
        Running,
        Kept,
        Finished,
        Failed,
    }

    /// <summary>Takes over a plan: what it keeps was there, what can't be done has failed, and what isn't in it any more isn't counted.</summary>
    public void Plan(GridPlan plan)
    {
        var planned = plan.Cells.Select(c => c.Id).ToHashSet();
        foreach (var gone in cells.Keys.Where(id => !planned.Contains(id)).ToList())
        {
            counts[(int)cells[gone]]--;
            cells.Remove(gone);
        }

        foreach (var cell in plan.Cells)
        {
            Add(cell);
        }
    }

    /// <summary>Takes over a planned cell. One that was finished and is still there stays finished, and one that is under way stays under way.</summary>
    public void Add(PlannedCell cell)
    {
        Standing? before = cells.TryGetValue(cell.Id, out var known) ? known : null;
        var now = cell.Action switch
        {
            CellAction.Keep => before == Standing.Finished ? Standing.Finished : Standing.Kept,
            CellAction.Skip => Standing.Failed,
            _ => before == Standing.Running ? Standing.Running : Standing.Waiting,
        };
        if (before is null)
        {
            cells.Add(cell.Id, now);
            counts[(int)now]++;
        }
        else
        {
            Set(cell.Id, now);
        }
    }

    public void Start(CellId cell) => Set(cell, Standing.Running);

    /// <summary>A cell is to be done once more, whatever came of it.</summary>
    public void Return(CellId cell) => Set(cell, Standing.Waiting);

    public void Finish(CellId cell) => Set(cell, Standing.Finished);

    public void Fail(CellId cell) => Set(cell, Standing.Failed);

    /// <summary>What is left is expected to take as long, cell by cell, as what was done since this activation began.</summary>
    public ProgressView View()
    {
        var finished = Count(Standing.Finished);
        var rest = Count(Standing.Waiting) + Count(Standing.Running);
        TimeSpan? left = rest == 0 ? TimeSpan.Zero
            : finished > 0 ? time.GetElapsedTime(began) * rest / finished
            : null;
        return new(cells.Count, Count(Standing.Kept), finished, Count(Standing.Failed), Count(Standing.Running), time.GetUtcNow() - started, left);
    }

    private int Count(Standing standing) => counts[(int)standing];

    /// <summary>A cell that isn't planned any more has no standing.</summary>
    private void Set(CellId cell, Standing standing)
    {
        if (cells.TryGetValue(cell, out var before))
        {
            counts[(int)before]--;
            counts[(int)standing]++;
            cells[cell] = standing;
        }
    }
}
