using System.Collections.Immutable;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>The files of a revision, by path. Immutable. A path is any text: <c>../x</c> is served as it stands, so that clients can be tried with it.</summary>
public sealed class StandInTree
{
    private StandInTree(ImmutableSortedDictionary<string, StandInFile> files) => Files = files;

    /// <summary>No file.</summary>
    public static StandInTree Empty { get; } = new(ImmutableSortedDictionary.Create<string, StandInFile>(StringComparer.Ordinal));

    /// <summary>Files by path, with <c>/</c> between folders, in ordinal order.</summary>
    public ImmutableSortedDictionary<string, StandInFile> Files { get; }

    /// <summary>All files below a folder on disk.</summary>
    public static StandInTree Folder(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Aggregate(
            Empty,
            (tree, file) => tree.With(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), StandInFile.AtPath(file)));

    public StandInTree With(string path, StandInFile file) => new(Files.SetItem(path, file));

    public StandInTree With(string path, byte[] bytes) => With(path, StandInFile.Of(bytes));

    public StandInTree With(string path, string text) => With(path, StandInFile.Of(text));

    /// <summary>The files of another tree too, below a folder where one is named.</summary>
    public StandInTree With(StandInTree other, string under = "") =>
        new(Files.SetItems(other.Files.Select(f => KeyValuePair.Create(under.Length == 0 ? f.Key : $"{under}/{f.Key}", f.Value))));

    public StandInTree Without(string path) =>
        Files.ContainsKey(path) ? new(Files.Remove(path)) : throw new ArgumentException($"there is no file {path} to leave out", nameof(path));
}
