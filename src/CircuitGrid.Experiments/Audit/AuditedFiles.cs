using System.Collections.Immutable;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Audit;

/// <summary>A checkpoint on the hub as its files' digests show it.</summary>
/// <param name="Step">Its step.</param>
/// <param name="Files">The files of the weights that are read.</param>
/// <param name="Others">Whole files of weights beside these, which aren't read.</param>
/// <param name="OfMain">Digests of the weight files of <c>main</c>, where this is another commit.</param>
public sealed record AuditedFiles(int Step, ImmutableArray<HubFile> Files, ImmutableArray<HubFile> Others, ImmutableHashSet<string> OfMain)
{
    /// <summary>A checkpoint of which one kind of weights is read.</summary>
    /// <exception cref="Compute.InvalidInputException">The index of its shards can't be read.</exception>
    public static AuditedFiles Of(int step, HubCheckpoint hub, WeightKind read) =>
        new(step, hub.FilesOf(read), [.. hub.Kinds.Where(kind => kind != read && !kind.IsSharded()).SelectMany(kind => hub.FilesOf(kind))], hub.OfMain);
}
