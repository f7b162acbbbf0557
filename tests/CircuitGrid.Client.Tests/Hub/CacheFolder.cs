using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A repository's folder of the cache as anybody sees it who knows its layout.</summary>
internal static class CacheFolder
{
    /// <summary>Digests of the files that are there, partial ones left out.</summary>
    public static IReadOnlyList<string> Whole(HubRepositoryFolder folder) => Directory.Exists(folder.Blobs)
        ? [.. Directory.EnumerateFiles(folder.Blobs).Select(f => Path.GetFileName(f)!).Where(name => !name.EndsWith(".incomplete", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Every file is what its name says, and every link of a snapshot leads to one.</summary>
    public static void AssertSound(HubRepositoryFolder folder)
    {
        foreach (var digest in Whole(folder))
        {
            Assert.Equal(digest, DigestOf(File.ReadAllBytes(folder.Blob(digest)), digest.Length));
        }

        foreach (var link in Links(folder))
        {
            Assert.True(link.LinkTarget is not null && File.Exists(link.FullName), $"{link.FullName} leads to {link.LinkTarget}, which isn't there");
        }
    }

    /// <summary>All files and links of snapshots.</summary>
    public static IEnumerable<FileInfo> Links(HubRepositoryFolder folder) =>
        Directory.Exists(folder.Snapshots) ? new DirectoryInfo(folder.Snapshots).EnumerateFiles("*", SearchOption.AllDirectories) : [];

    /// <summary>Puts a file into the cache as Python's libraries do, which leave no note of this program.</summary>
    public static void PutAsPython(HubRepositoryFolder folder, string commit, string name, byte[] bytes)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Directory.CreateDirectory(folder.Blobs);
        File.WriteAllBytes(Path.Combine(folder.Blobs, digest), bytes);
        var snapshot = Directory.CreateDirectory(Path.Combine(folder.Snapshots, commit)).FullName;
        File.CreateSymbolicLink(Path.Combine(snapshot, name), $"../../blobs/{digest}");
    }

    /// <summary>The SHA-256 where a name has its length, else Git's SHA-1 of a blob.</summary>
    private static string DigestOf(byte[] bytes, int length) => Convert.ToHexStringLower(length == 64
        ? SHA256.HashData(bytes)
        : GitDigest([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

#pragma warning disable CA5350 // Git's digest is what the hub names small files by
    private static byte[] GitDigest(byte[] bytes) => SHA1.HashData(bytes);
#pragma warning restore CA5350
}
