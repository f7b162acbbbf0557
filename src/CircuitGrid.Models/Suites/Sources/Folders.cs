using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites.Sources;

/// <summary>Listings of folders.</summary>
internal static class Folders
{
    private static readonly ImmutableArray<string> s_signs =
    [
        CheckpointFolder.ConfigName,
        CheckpointFolder.SafetensorsName,
        CheckpointFolder.SafetensorsName + CheckpointFolder.IndexSuffix,
        CheckpointFolder.TorchName,
        CheckpointFolder.TorchName + CheckpointFolder.IndexSuffix,
    ];

    /// <summary>Names of the folders in a folder, in ordinal order, without those that begin with a point; none if it isn't there.</summary>
    /// <exception cref="InvalidInputException">It can't be listed.</exception>
    public static ImmutableArray<string> In(string folder) => List(folder, Directory.EnumerateDirectories);

    /// <summary>Names of what else is in a folder, likewise: files, links that lead to no folder.</summary>
    /// <exception cref="InvalidInputException">It can't be listed.</exception>
    public static ImmutableArray<string> FilesIn(string folder) => List(folder, Directory.EnumerateFiles);

    /// <summary>Whether a folder has the looks of a checkpoint: a configuration, or weights.</summary>
    public static bool IsCheckpoint(string folder) => s_signs.Any(name => File.Exists(Path.Combine(folder, name)));

    private static ImmutableArray<string> List(string folder, Func<string, IEnumerable<string>> list)
    {
        FolderBounds.Require(folder);
        if (!Directory.Exists(folder))
        {
            return [];
        }

        try
        {
            return [.. list(folder).Select(path => Path.GetFileName(path)!).Where(name => name[0] != '.').Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (SourceFile.IsFileError(e))
        {
            throw new InvalidInputException(folder, "can't be listed: " + Text.OneLine(e.Message), e);
        }
    }
}
