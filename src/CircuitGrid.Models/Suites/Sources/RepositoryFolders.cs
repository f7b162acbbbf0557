using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>Folders of one checkpoint each, whose names say of which model they are.</summary>
/// <param name="model">The model.</param>
/// <param name="folder">The folder that they are in.</param>
/// <param name="names">Their names.</param>
public sealed class RepositoryFolders(string model, string folder, ImmutableArray<string> names) : ICheckpointSource
{
    public string Model => model;

    public ImmutableArray<FoundCheckpoint> List() => [.. names.Select(name => new FoundCheckpoint(name, Path.Combine(folder, name)))];

    /// <summary>Nothing is known of plain files before they are read.</summary>
    public ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint) => [];
}
