using System.Collections.Concurrent;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Grains.Hosting;

/// <summary>Plans, compares and reads experiments of any numerics over one store. Safe for several threads.</summary>
/// <param name="store">Where results live; stays the caller's.</param>
/// <param name="looks">Looks at checkpoints; it needn't compute in an experiment's numerics.</param>
/// <param name="source">Finds checkpoints and builds examples.</param>
/// <param name="options">Settings.</param>
public sealed class GridReaders(ICellStore store, ICellAnalyzer looks, IExperimentSource source, LocalGridOptions options)
{
    private readonly ConcurrentDictionary<string, GridReader> readers = new(StringComparer.Ordinal);

    /// <summary>The one for experiments of some numerics.</summary>
    public GridReader Of(string numerics) => readers.GetOrAdd(numerics, n => new(store, new PlanningAnalyzer(looks, n), source, options));
}
