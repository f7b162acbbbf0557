using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>A folder with a folder for each checkpoint, as trainings write them; the folder itself may be one checkpoint more, or the only one.</summary>
/// <param name="folder">The folder.</param>
public sealed class ModelFolder(string folder) : ICheckpointSource
{
    public string Model => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    public ImmutableArray<FoundCheckpoint> List()
    {
        var found = Folders.In(folder).Select(name => new FoundCheckpoint(name, Path.Combine(folder, name)))
            .Concat(Folders.FilesIn(folder).Select(name => new FoundCheckpoint(name, Path.Combine(folder, name)) { IsFolder = false, Fault = "isn't a folder, or is a link that leads to none" }));
        return Folders.IsCheckpoint(folder) ? [.. found, new FoundCheckpoint(Model, folder) { IsTop = true }] : [.. found];
    }

    /// <summary>Nothing is known of plain files before they are read.</summary>
    public ImmutableArray<FileDigest> Digests(FoundCheckpoint checkpoint) => [];
}
