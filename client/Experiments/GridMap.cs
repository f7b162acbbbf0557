using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Client.Experiments;

/// <summary>How far a checkpoint is: its cells, one a task and perhaps one for its heads.</summary>
/// <param name="Total">All of them.</param>
internal sealed record CheckpointState(int Total)
{
    /// <summary>Cells whose result was there before.</summary>
    public int Kept { get; init; }

    /// <summary>Cells that got theirs now.</summary>
    public int Finished { get; init; }

    public int Failed { get; init; }

    public int Running { get; init; }

    public int Done => Kept + Finished;

    /// <summary>Nothing is left to do.</summary>
    public bool IsSettled => Done + Failed >= Total;
}

/// <summary>
/// Models × checkpoints, filling up as cells finish. It knows every cell, so that an event heard twice, as after a lost connection, changes nothing.
/// </summary>
internal sealed class GridMap
{
    private readonly Dictionary<string, SortedDictionary<int, Dictionary<string, Mark>>> models = new(StringComparer.Ordinal);
    private readonly List<string> order = [];
    private readonly int cells;

    /// <param name="cells">Cells of a checkpoint.</param>
    public GridMap(int cells) => this.cells = cells;

    /// <summary>The map of a plan, with what is there already.</summary>
    public GridMap(GridPlan plan)
        : this(plan.Experiment.CellsPerCheckpoint)
    {
        foreach (var checkpoint in plan.Checkpoints)
        {
            Keep(checkpoint.Model.Name, checkpoint.Step, checkpoint.Cells.Where(c => c.Action == CellAction.Keep).Select(c => c.Id.Task));
        }
    }

    private enum Mark
    {
        Kept,
        Running,
        Finished,
        Failed,
    }

    /// <summary>Models in the order they came up.</summary>
    public IReadOnlyList<string> Models => order;

    public IEnumerable<CheckpointState> Checkpoints => models.Values.SelectMany(m => m.Values).Select(State);

    /// <summary>A model's checkpoints by step.</summary>
    public IReadOnlyDictionary<int, CheckpointState> Of(string model) =>
        new SortedDictionary<int, CheckpointState>(models[model].ToDictionary(c => c.Key, c => State(c.Value)));

    /// <summary>Takes in a checkpoint with the cells whose results are there.</summary>
    public void Keep(string model, int step, IEnumerable<string> tasks)
    {
        var marks = Marks(model, step);
        foreach (var task in tasks)
        {
            marks[task] = Mark.Kept;
        }
    }

    /// <summary>Whether a cell's result was there before.</summary>
    public bool IsKept(CellId cell) =>
        models.TryGetValue(cell.Model, out var steps) && steps.TryGetValue(cell.Step, out var marks) && marks.TryGetValue(cell.Task, out var mark) && mark == Mark.Kept;

    /// <summary>Takes in what happened to a cell.</summary>
    /// <returns>The state of its checkpoint; <see langword="null"/> where nothing happened to a cell.</returns>
    public CheckpointState? Apply(GridEventKind kind, CellId? cell)
    {
        if (cell is null)
        {
            return null;
        }

        var marks = Marks(cell.Model, cell.Step);
        Mark? mark = kind switch
        {
            GridEventKind.Started => Mark.Running,
            GridEventKind.Finished or GridEventKind.Found => Mark.Finished,
            GridEventKind.Failed => Mark.Failed,
            _ => null,
        };
        if (mark is { } changed)
        {
            marks[cell.Task] = changed;
        }

        return State(marks);
    }

    private Dictionary<string, Mark> Marks(string model, int step)
    {
        if (!models.TryGetValue(model, out var steps))
        {
            models.Add(model, steps = []);
            order.Add(model);
        }

        if (!steps.TryGetValue(step, out var marks))
        {
            steps.Add(step, marks = new(StringComparer.Ordinal));
        }

        return marks;
    }

    private CheckpointState State(Dictionary<string, Mark> marks) => new(cells)
    {
        Kept = marks.Values.Count(m => m == Mark.Kept),
        Finished = marks.Values.Count(m => m == Mark.Finished),
        Failed = marks.Values.Count(m => m == Mark.Failed),
        Running = marks.Values.Count(m => m == Mark.Running),
    };
}
