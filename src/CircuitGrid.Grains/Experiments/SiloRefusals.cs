using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Suites;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Which silos can't compute which of an experiment's checkpoints, as they have said: their suites lack them, or they plan them otherwise, which a silo of another
/// version does. Such checkpoints go to others.
/// </summary>
internal sealed class SiloRefusals
{
    private const int Any = -1;

    private readonly HashSet<(SiloAddress Silo, string Model, int Step)> lacks = [];
    private readonly HashSet<(SiloAddress Silo, string Key)> differs = [];
    private readonly HashSet<SiloAddress> told = [];
    private readonly HashSet<string> missed = new(StringComparer.Ordinal);

    /// <summary>Some silo lacks something.</summary>
    public bool HasLacks => lacks.Count > 0;

    /// <summary>A silo lacks a checkpoint, its model or the suite.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Lack(SiloAddress silo, PlannedCheckpoint checkpoint, MissingPart part) => lacks.Add(part switch
    {
        MissingPart.Suite => (silo, "", Any),
        MissingPart.Model => (silo, checkpoint.Model.Name, Any),
        _ => (silo, checkpoint.Model.Name, checkpoint.Step),
    });

    /// <summary>A silo plans a cell otherwise than the experiment. As soon as the experiment plans it otherwise too, this says nothing of it any more.</summary>
    public void Differ(SiloAddress silo, PlannedCell cell) => differs.Add((silo, cell.Fingerprint!.Key.Value));

    /// <summary>Whether a silo is known to differ for good: that it differs again is no sign that a checkpoint has changed.</summary>
    public bool IsOther(SiloAddress silo) => told.Contains(silo);

    /// <summary>Silos that differ about a plan that is newer than what they said of it; each is given once.</summary>
    public IReadOnlyList<SiloAddress> TakeDiffering(GridPlan plan)
    {
        var keys = plan.Cells.Where(c => c.Action == CellAction.Run).Select(c => c.Fingerprint!.Key.Value).ToHashSet(StringComparer.Ordinal);
        return [.. differs.Where(d => keys.Contains(d.Key)).Select(d => d.Silo).Distinct().ToList().Where(told.Add)];
    }

    /// <summary>Whether a silo lacks a checkpoint.</summary>
    public bool Lacks(SiloAddress silo, PlannedCheckpoint checkpoint) =>
        lacks.Contains((silo, "", Any)) || lacks.Contains((silo, checkpoint.Model.Name, Any)) || lacks.Contains((silo, checkpoint.Model.Name, checkpoint.Step));

    /// <summary>Whether a silo can't compute a checkpoint.</summary>
    public bool Refuses(SiloAddress silo, PlannedCheckpoint checkpoint) =>
        Lacks(silo, checkpoint) || checkpoint.Cells.Any(c => c.Fingerprint is { } found && differs.Contains((silo, found.Key.Value)));

    /// <summary>Takes note that every silo lacks a checkpoint.</summary>
    /// <returns>Whether that was so before; until then the plan may be what is wrong.</returns>
    public bool Miss(PlannedCheckpoint checkpoint) => !missed.Add(checkpoint.Name);

    /// <summary>Every silo may be asked for a checkpoint again.</summary>
    public void Forget(PlannedCheckpoint checkpoint)
    {
        lacks.RemoveWhere(l => l.Model.Length == 0 || (string.Equals(l.Model, checkpoint.Model.Name, StringComparison.Ordinal) && (l.Step == Any || l.Step == checkpoint.Step)));
        foreach (var cell in checkpoint.Cells.Where(c => c.Fingerprint is not null))
        {
            differs.RemoveWhere(d => string.Equals(d.Key, cell.Fingerprint!.Key.Value, StringComparison.Ordinal));
        }
    }

    /// <summary>A silo has what it sees, whatever it lacked before.</summary>
    public void See(SiloAddress silo, SuiteSight sight) =>
        lacks.RemoveWhere(l => l.Silo.Equals(silo) && (l.Model.Length == 0 ? sight.Fault is null : sight.Has(l.Model, l.Step == Any ? null : l.Step)));
}
