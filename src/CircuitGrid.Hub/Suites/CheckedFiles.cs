using System.Collections.Concurrent;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Hub.Suites;

/// <summary>
/// Files that other programs put into the cache, held against the digests that the hub lists before anything is worked out of them. Each is read once, as long as it
/// stays as it is. Safe for several threads.
/// </summary>
internal sealed class CheckedFiles
{
    private const int BufferBytes = 1 << 20;

    private readonly ConcurrentDictionary<string, string> stamps = new(StringComparer.Ordinal);

    /// <summary>Refuses a file whose bytes aren't those that its digest says.</summary>
    /// <exception cref="InvalidInputException">They are others, or the file can't be read.</exception>
    public async Task RequireAsync(HubSnapshot checkpoint, HubFile file, CancellationToken cancellation)
    {
        var path = checkpoint.PathOf(file);
        if (FileStatus.Of(path) is not { } status || (stamps.TryGetValue(path, out var known) && known == status.Stamp))
        {
            return;
        }

        var digest = await Task.Run(() => DigestOf(path, file, cancellation), cancellation);
        if (digest != file.Digest)
        {
            throw new InvalidInputException(path, $"holds other bytes than the hub lists for {checkpoint.Address}: their {(file.Sha256 is null ? "Git digest" : "SHA-256")} is {digest}. Another program put it there; take the file that the link leads to away, and it is fetched anew");
        }

        stamps[path] = status.Stamp;
    }

    private static string DigestOf(string path, HubFile file, CancellationToken cancellation)
    {
        using var source = SourceFile.Open(path);
        using var digest = file.Sha256 is null ? ContentDigest.GitBlob(source.Length) : ContentDigest.Sha256();
        var buffer = new byte[BufferBytes];
        for (var at = 0L; at < source.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, source.Length - at));
            source.ReadExactly(at, piece);
            digest.Append(piece);
            at += piece.Length;
        }

        return digest.Finish();
    }
}
