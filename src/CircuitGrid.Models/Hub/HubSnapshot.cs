using System.Collections.Immutable;

namespace CircuitGrid.Models.Hub;

/// <summary>A checkpoint on the hub: a commit of a repository, or a folder in it. Neither ever changes.</summary>
/// <param name="Repository">The repository's folder in the cache.</param>
/// <param name="Commit">The commit.</param>
/// <param name="Part">The folder in it that is meant, with <c>/</c> between its parts; empty for all of it.</param>
public sealed record HubSnapshot(HubRepositoryFolder Repository, string Commit, string Part = "")
{
    /// <summary>Where its files are, as far as they have been fetched.</summary>
    public string Folder => Part.Length == 0 ? Repository.Snapshot(Commit) : Path.Combine([Repository.Snapshot(Commit), .. Part.Split('/')]);

    /// <summary>Its address for people: <c>hf:org/name@commit</c>, and the folder in it.</summary>
    public string Address => $"{HubAddress.Scheme}{Repository.Repository}@{Commit}{(Part.Length == 0 ? "" : "/" + Part)}";

    /// <summary>Where a file of it is or will be.</summary>
    public string PathOf(HubFile file) => Path.Combine([Repository.Snapshot(Commit), .. file.Path.Split('/')]);

    /// <summary>The files that lie in its folder itself, in the order of their names.</summary>
    public ImmutableArray<HubFile> FilesOf(HubTree tree)
    {
        var prefix = Part.Length == 0 ? "" : Part + "/";
        return [.. tree.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal) && !file.Path.AsSpan(prefix.Length).Contains('/'))];
    }

    /// <summary>The file of a name in its folder; <see langword="null"/> where there is none.</summary>
    public HubFile? Find(HubTree tree, string name) => tree.Find(Part.Length == 0 ? name : $"{Part}/{name}");
}
