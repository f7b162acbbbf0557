using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>A file of a repository: bytes in memory, a file on disk that is read when asked for, or another file with some bytes changed.</summary>
public sealed class StandInFile
{
    // A suite's files are served by many servers of one test run, and hashed once.
    private static readonly ConcurrentDictionary<(string Path, long Size, DateTime Written), FileDigests> HashedPaths = new();

    private readonly Func<Stream> open;
    private readonly Lazy<FileDigests> digests;
    private readonly Lazy<string> identity;

    private StandInFile(long size, Func<Stream> open, Func<FileDigests>? digest = null, Func<string>? identity = null)
    {
        Size = size;
        ListedSize = size;
        this.open = open;
        digests = new(digest ?? Hash);
        this.identity = new(identity ?? (() => digests.Value.Sha256));
    }

    private StandInFile(StandInFile of, long listedSize, FileDigests listed)
    {
        Size = of.Size;
        ListedSize = listedSize;
        open = of.open;
        digests = new(listed);
        identity = new(() => string.Create(CultureInfo.InvariantCulture, $"{of.identity.Value} as {listedSize} {listed.Sha256} {listed.GitOid}"));
    }

    /// <summary>Bytes there are.</summary>
    public long Size { get; }

    /// <summary>Bytes that listings and headers speak of; <see cref="Size"/> unless the file lies.</summary>
    public long ListedSize { get; }

    /// <summary>The hashes that listings and headers speak of; the true ones unless the file lies.</summary>
    public FileDigests Digests => digests.Value;

    /// <summary>Tells this content from others without hashing what was changed of a file that is hashed already.</summary>
    internal string Identity => identity.Value;

    public static StandInFile Of(byte[] bytes) => new(bytes.Length, () => new MemoryStream(bytes, writable: false));

    public static StandInFile Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>A file on disk, opened for each answer; it must not change while it is served.</summary>
    public static StandInFile AtPath(string path)
    {
        var info = new FileInfo(path);
        Stream Open() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        FileDigests Hash((string Path, long Size, DateTime Written) of)
        {
            using var stream = Open();
            return FileDigests.Of(stream, of.Size);
        }

        var key = (info.FullName, info.Length, info.LastWriteTimeUtc);
        return new(info.Length, Open, () => HashedPaths.GetOrAdd(key, Hash));
    }

    /// <summary>This file with other bytes at an offset. It keeps no copy: thousands of such files cost little.</summary>
    public StandInFile Patched(long offset, byte[] bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + bytes.Length, Size);
        return new(Size, () => new PatchedStream(open(), offset, bytes), identity: () => string.Create(CultureInfo.InvariantCulture, $"{Identity}+{offset}:{Convert.ToHexStringLower(bytes)}"));
    }

    /// <summary>This file, with listings and headers that say something else of it than is true.</summary>
    public StandInFile Claiming(long? size = null, string? sha256 = null, string? gitOid = null) =>
        new(this, size ?? ListedSize, new(gitOid ?? Digests.GitOid, sha256 ?? Digests.Sha256));

    /// <summary>A stream of the bytes there are, which can seek.</summary>
    public Stream OpenRead() => open();

    private FileDigests Hash()
    {
        using var stream = open();
        return FileDigests.Of(stream, Size);
    }
}
