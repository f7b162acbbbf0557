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

/// <summary>Models × checkpoints, filling up as cells finish.</summary>
internal sealed class GridMap
{
    private readonly Dictionary<string, SortedDictionary<int, CheckpointState>> models = new(StringComparer.Ordinal);
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
            Set(checkpoint.Model.Name, checkpoint.Step, state => state with
            {
                Kept = checkpoint.Cells.Count(c => c.Action == CellAction.Keep),
            });
        }
    }

    /// <summary>Models in the order they came up.</summary>
    public IReadOnlyList<string> Models => order;

    public IEnumerable<CheckpointState> Checkpoints => models.Values.SelectMany(m => m.Values);

    /// <summary>A model's checkpoints by step.</summary>
    public IReadOnlyDictionary<int, CheckpointState> Of(string model) => models[model];

    /// <summary>Takes in what happened to a cell.</summary>
    /// <returns>The state of its checkpoint; <see langword="null"/> where nothing happened to a cell.</returns>
    public CheckpointState? Apply(GridEvent happened)
    {
        if (happened.Cell is not { } cell)
        {
            return null;
        }

        return Set(cell.Model, cell.Step, state => happened.Kind switch
        {
            GridEventKind.Started => state with { Running = state.Running + 1 },
            GridEventKind.Finished => state with { Running = state.Running - 1, Finished = state.Finished + 1 },
            GridEventKind.Found => state with { Finished = state.Finished + 1 },
            GridEventKind.Failed => state with { Running = Math.Max(0, state.Running - 1), Failed = state.Failed + 1 },
            _ => state,
        });
    }

    private CheckpointState Set(string model, int step, Func<CheckpointState, CheckpointState> change)
    {
        if (!models.TryGetValue(model, out var steps))
        {
            models.Add(model, steps = []);
            order.Add(model);
        }

        return steps[step] = change(steps.GetValueOrDefault(step) ?? new CheckpointState(cells));
    }
}
