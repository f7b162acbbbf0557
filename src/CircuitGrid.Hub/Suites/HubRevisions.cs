using System.Collections.Immutable;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites.Sources;

namespace CircuitGrid.Hub.Suites;

/// <summary>Checkpoints of a model on the hub: revisions, folders of one, or whole repositories.</summary>
/// <param name="model">The model.</param>
/// <param name="found">What may be its checkpoints.</param>
internal sealed class HubRevisions(string model, ImmutableArray<FoundCheckpoint> found) : ICheckpointSource
{
    public string Model => model;

    public ImmutableArray<FoundCheckpoint> List() => found;

    /// <summary>As far as the files of its commit have been listed.</summary>
    public ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint)
    {
        var known = found.FirstOrDefault(f => string.Equals(f.Name, checkpoint.Name, StringComparison.Ordinal))?.Hub;
        return known is { } snapshot && HubTree.Read(snapshot.Repository.Tree(snapshot.Commit)) is { } tree
            ? [.. snapshot.FilesOf(tree).Select(file => new FileDigest(file.Name, file.Digest))]
            : [];
    }
}
