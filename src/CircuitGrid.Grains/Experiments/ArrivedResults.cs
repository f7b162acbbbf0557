using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Experiments;

/// <summary>An experiment's results that have arrived, and those of them that are compared otherwise than when they were told of last.</summary>
internal sealed class ArrivedResults
{
    private readonly Dictionary<(string Model, string Task), SortedDictionary<int, CellArrival>> all = [];
    private readonly List<(string Model, string Task, CellArrival Arrival)> revised = [];

    /// <summary>Results by model and task.</summary>
    public IReadOnlyDictionary<(string Model, string Task), SortedDictionary<int, CellArrival>> All => all;

    /// <summary>Whether a cell's result has arrived.</summary>
    public bool Has(CellId cell) => all.TryGetValue((cell.Model, cell.Task), out var steps) && steps.ContainsKey(cell.Step);

    /// <summary>Takes in a cell's result.</summary>
    /// <param name="place">Its checkpoint as it is planned now, which says how it is compared.</param>
    /// <param name="info">What the checkpoint is.</param>
    /// <param name="cell">The cell as it was computed.</param>
    public CellArrival Add(PlannedCheckpoint place, CheckpointInfo info, PlannedCell cell)
    {
        if (!all.TryGetValue((cell.Id.Model, cell.Id.Task), out var steps))
        {
            all.Add((cell.Id.Model, cell.Id.Task), steps = []);
        }

        var now = place.Cells.FirstOrDefault(c => c.Id == cell.Id) ?? cell;
        var arrival = new CellArrival(cell.Id.Step, now.Tokens, cell.Fingerprint!.Key.Value, place.Model.Parameters ?? info.Parameters, info.Heads)
        {
            IsLeftOut = now.LeftOut is not null,
            Settings = now.Settings,
            GoesOn = place.Model.GoesOn,
        };
        if (steps.TryGetValue(cell.Id.Step, out var before) && before != arrival)
        {
            revised.Add((cell.Id.Model, cell.Id.Task, arrival));
        }

        return steps[cell.Id.Step] = arrival;
    }

    /// <summary>A cell's earlier result isn't its own any more.</summary>
    public void Withdraw(CellId cell) => Withdraw((cell.Model, cell.Task), cell.Step);

    /// <summary>A checkpoint isn't the experiment's any more.</summary>
    public void Withdraw(string model, int step)
    {
        foreach (var place in all.Keys.Where(r => string.Equals(r.Model, model, StringComparison.Ordinal)).ToList())
        {
            Withdraw(place, step);
        }
    }

    /// <summary>Results that are compared otherwise than when they were told of last; each is given once.</summary>
    public IReadOnlyList<(string Model, string Task, CellArrival Arrival)> TakeRevised()
    {
        (string Model, string Task, CellArrival Arrival)[] taken = [.. revised];
        revised.Clear();
        return taken;
    }

    private void Withdraw((string Model, string Task) place, int step)
    {
        if (all.TryGetValue(place, out var steps) && steps.Remove(step) && steps.Count == 0)
        {
            all.Remove(place);
        }
    }
}
