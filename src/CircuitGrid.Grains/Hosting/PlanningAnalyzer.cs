using System.Collections.Immutable;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// Looks at checkpoints for experiments of any numerics, so that whichever silo an experiment's grain or a reader is on can plan it: what a
/// checkpoint is doesn't depend on what will compute with it. It loads nothing.
/// </summary>
/// <param name="looks">Does the looking.</param>
/// <param name="numerics">Numerics of the experiment.</param>
internal sealed class PlanningAnalyzer(ICellAnalyzer looks, string numerics) : ICellAnalyzer
{
    public string Numerics => numerics;

    public int AlgorithmVersion => looks.AlgorithmVersion;

    public string Device => looks.Device;

    public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign) => looks.Inspect(files, foreign) with { ElementBytes = DeviceRequest.ElementBytesOf(numerics) };

    public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation) => looks.Examine(files, ignored, cancellation);

    public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation) =>
        throw new NotSupportedException("A plan needs no weights.");
}
