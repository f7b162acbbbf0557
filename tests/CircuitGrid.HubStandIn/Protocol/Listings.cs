using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Files and folders of a commit as the hub's listings describe them.</summary>
internal sealed class Listings(HubState hub, StandInCommit commit)
{
    /// <summary>The text that git has in place of a large file.</summary>
    public static string PointerOf(StandInFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"version https://git-lfs.github.com/spec/v1\noid sha256:{file.Digests.Sha256}\nsize {file.ListedSize}\n");

    /// <summary>Name of a file's chunks in the storage that came after Git LFS; any 64 digits, since nothing here speaks of them further.</summary>
    public static string XetHashOf(StandInFile file) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"xet {file.Digests.Sha256}")));

    /// <summary>Paths of files and folders below a folder (empty for the root), in ordinal order; folders with <see langword="null"/>.</summary>
    public SortedDictionary<string, StandInFile?> Below(string folder, bool recursive)
    {
        var found = new SortedDictionary<string, StandInFile?>(StringComparer.Ordinal);
        var prefix = folder.Length == 0 ? "" : $"{folder}/";
        foreach (var (path, file) in commit.Tree.Files.Where(f => f.Key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            var slashes = Enumerable.Range(prefix.Length, path.Length - prefix.Length).Where(i => path[i] == '/' && i > prefix.Length).ToList();
            foreach (var slash in recursive ? slashes : slashes.Take(1))
            {
                found[path[..slash]] = null;
            }

            if (recursive || slashes.Count == 0)
            {
                found[path] = file;
            }
        }

        return found;
    }

    /// <summary>An entry of a tree page or of a paths-info answer.</summary>
    public JsonObject Entry(string path, StandInFile? file, bool expand)
    {
        var entry = file is null
            ? new JsonObject { ["type"] = "directory", ["oid"] = FolderOid(path), ["size"] = 0, ["path"] = path }
            : new JsonObject { ["type"] = "file", ["oid"] = OidOf(path, file), ["size"] = file.ListedSize, ["path"] = path };
        if (file is not null && hub.IsLarge(path, file))
        {
            entry["lfs"] = LfsOf(file);
            entry["xetHash"] = XetHashOf(file);
        }

        if (expand)
        {
            entry["lastCommit"] = new JsonObject { ["id"] = commit.Id, ["title"] = commit.Title, ["date"] = DateOf(commit) };
            entry["securityFileStatus"] = new JsonObject { ["status"] = "safe" };
        }

        return entry;
    }

    /// <summary>git's name of what it has at a path: the file, or the pointer of a large one.</summary>
    public string OidOf(string path, StandInFile file) => hub.IsLarge(path, file) ? FileDigests.Of(Encoding.ASCII.GetBytes(PointerOf(file))).GitOid : file.Digests.GitOid;

    public static JsonObject LfsOf(StandInFile file) => new()
    {
        ["oid"] = file.Digests.Sha256,
        ["size"] = file.ListedSize,
        ["pointerSize"] = PointerOf(file).Length,
    };

    /// <summary>A moment as the hub writes it.</summary>
    public static string DateOf(StandInCommit commit) => commit.Date.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private string FolderOid(string path) =>
        FileDigests.Of(Encoding.UTF8.GetBytes(string.Join('\n', Below(path, recursive: true).Select(e => e.Value is null ? e.Key : $"{e.Key} {OidOf(e.Key, e.Value)}")))).GitOid;
}
