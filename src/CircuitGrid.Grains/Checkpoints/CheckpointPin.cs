using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Grains.Checkpoints;

/// <summary>Where a job's checkpoint is on the hub: a commit, and no name that could come to mean another one.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Part">The folder in it; empty for all of it.</param>
/// <param name="Shared">The commit with the tokenizer of checkpoints without one; <see langword="null"/> for none.</param>
/// <param name="Files">The files that hold its weights.</param>
/// <param name="Content">What equal weights and configurations have equal: a digest of their files' digests.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.CheckpointPin")]
public sealed record CheckpointPin(
    [property: Id(0)] string Repository,
    [property: Id(1)] string Commit,
    [property: Id(2)] string Part,
    [property: Id(3)] string? Shared,
    [property: Id(4)] PinnedFile[] Files,
    [property: Id(5)] string Content)
{
    /// <summary>What the hub's own part calls it.</summary>
    internal HubPin ToHub() => new(Repository, Commit, Part, Shared, [.. Files.Select(f => new FileDigest(f.Name, f.Digest))]);

    internal static CheckpointPin Of(HubPin pin, string content) =>
        new(pin.Repository, pin.Commit, pin.Part, pin.Shared, [.. pin.Files.Select(f => new PinnedFile(f.Name, f.Digest))], content);
}

/// <summary>A file of weights.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">What the hub knows its bytes by.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.PinnedFile")]
public sealed record PinnedFile([property: Id(0)] string Name, [property: Id(1)] string Digest);
