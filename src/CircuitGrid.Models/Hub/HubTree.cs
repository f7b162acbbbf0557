using System.Buffers;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Hub;

/// <summary>
/// The files of a repository at a commit, which never change. It is kept as Hugging Face's libraries keep it, in <c>trees/COMMIT.json</c>:
/// {"format_version": 1, "files": {path: {"size", "blob_id", "lfs_sha256", "lfs_size", "xet_hash"}}}.
/// </summary>
public sealed class HubTree
{
    private const int Version = 1;
    private const int MaxFileBytes = 256 << 20;
    private const long MaxFileSize = 1L << 50;

    private readonly FrozenDictionary<string, HubFile> _files;

    /// <summary>A list of files.</summary>
    /// <exception cref="InvalidInputException">A path, a size or a digest is none, or a path is there twice or is another's folder.</exception>
    public HubTree(string source, IEnumerable<HubFile> files)
    {
        var all = new Dictionary<string, HubFile>(StringComparer.Ordinal);
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            Require(source, file);
            if (!all.TryAdd(file.Path, file))
            {
                throw new InvalidInputException(source, $"lists {Text.OneLine(file.Path)} twice");
            }

            for (var at = file.Path.LastIndexOf('/'); at > 0 && folders.Add(file.Path[..at]); at = file.Path.LastIndexOf('/', at - 1))
            {
            }
        }

        if (all.Keys.FirstOrDefault(folders.Contains) is { } both)
        {
            throw new InvalidInputException(source, $"lists {Text.OneLine(both)} both as a file and as a folder");
        }

        _files = all.ToFrozenDictionary(StringComparer.Ordinal);
        Files = [.. all.Values.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    /// <summary>The files in the ordinal order of their paths.</summary>
    public ImmutableArray<HubFile> Files { get; }

    /// <summary>The file of a path; <see langword="null"/> where there is none.</summary>
    public HubFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>Reads a list that a cache keeps; <see langword="null"/> where it keeps none, or one of another version.</summary>
    /// <exception cref="InvalidInputException">The list can't be read.</exception>
    public static HubTree? Read(string path)
    {
        if (FileStatus.Of(path) is null)
        {
            return null;
        }

        var json = JsonInput.Read(path, MaxFileBytes);
        if (json.FindInteger("format_version", 0, int.MaxValue) != Version)
        {
            return null;
        }

        var files = json.FindObject("files") ?? throw json.Error("files", "is missing");
        return new(path, files.Members().Select(member => Parse(member.Key, member.Value)));
    }

    /// <summary>Writes the list as a cache keeps it.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public void Write(string path)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
        {
            json.WriteStartObject();
            json.WriteNumber("format_version", Version);
            json.WriteStartObject("files");
            foreach (var file in Files)
            {
                json.WriteStartObject(file.Path);
                json.WriteNumber("size", file.Size);
                json.WriteString("blob_id", file.BlobId);
                if (file.Sha256 is { } sha256)
                {
                    json.WriteString("lfs_sha256", sha256);
                    json.WriteNumber("lfs_size", file.Size);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        OutputFile.Write(path, stream => stream.Write(buffer.WrittenSpan));
    }

    private static HubFile Parse(string path, JsonInput json)
    {
        var sha256 = json.Find("lfs_sha256") is { Kind: not JsonValueKind.Null } digest ? digest.AsString() : null;
        var size = (sha256 is not null && json.Find("lfs_size") is { Kind: not JsonValueKind.Null } large ? large : json.Require("size")).AsInteger(0, MaxFileSize);
        return new(path, size, json.Require("blob_id").AsString(), sha256);
    }

    private static void Require(string source, HubFile file)
    {
        if (!HubNames.IsPath(file.Path))
        {
            throw new InvalidInputException(source, $"lists a file under the path {Text.OneLine(file.Path)}, which no repository can have");
        }

        if (file.Size is < 0 or > MaxFileSize)
        {
            throw new InvalidInputException(source, $"says that {Text.OneLine(file.Path)} is {file.Size} bytes long");
        }

        if (!HubNames.IsCommit(file.BlobId) || file.Sha256 is { } sha256 && (sha256.Length != HubNames.Sha256Digits || !HubNames.IsDigest(sha256)))
        {
            throw new InvalidInputException(source, $"has no digest for {Text.OneLine(file.Path)}, but '{Text.OneLine(file.Sha256 ?? file.BlobId)}'");
        }
    }
}
