using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>The two hashes that the hub knows files by, in lower-case hexadecimal.</summary>
/// <param name="GitOid">sha1 over <c>"blob {size}\0"</c> and the bytes: how git names a file.</param>
/// <param name="Sha256">sha256 over the bytes: how Git LFS names a large file.</param>
public sealed record FileDigests(string GitOid, string Sha256)
{
    /// <summary>Reads a stream once, from where it stands to its end.</summary>
    public static FileDigests Of(Stream stream, long size)
    {
        using var sha1 = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha1.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        var buffer = new byte[1 << 16];
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            sha1.AppendData(buffer, 0, read);
            sha256.AppendData(buffer, 0, read);
        }

        return new(Convert.ToHexStringLower(sha1.GetHashAndReset()), Convert.ToHexStringLower(sha256.GetHashAndReset()));
    }

    /// <summary>The hashes of bytes in memory.</summary>
    public static FileDigests Of(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        return Of(stream, bytes.Length);
    }
}
