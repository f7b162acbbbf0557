using System.Security.Cryptography;
using System.Text;

namespace CircuitGrid.Models.Files;

/// <summary>
/// The digest of bytes that come one after the other: SHA-256, or Git's name for a file, SHA-1 over <c>"blob SIZE\0"</c> and the bytes.
/// </summary>
internal sealed class ContentDigest : IDisposable
{
    private readonly IncrementalHash _hash;
    private readonly byte[] _prefix;

    private ContentDigest(HashAlgorithmName algorithm, byte[] prefix)
    {
        _hash = IncrementalHash.CreateHash(algorithm);
        _prefix = prefix;
        _hash.AppendData(_prefix);
    }

    /// <summary>SHA-256.</summary>
    public static ContentDigest Sha256() => new(HashAlgorithmName.SHA256, []);

    /// <summary>Git's name for a file.</summary>
    /// <param name="size">The file's bytes.</param>
    public static ContentDigest GitBlob(long size) => new(HashAlgorithmName.SHA1, Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blob {size}\0")));

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The digest of all bytes, in lower-case hexadecimal digits. After it the next bytes are the first again.</summary>
    public string Finish()
    {
        var digest = Convert.ToHexStringLower(_hash.GetHashAndReset());
        _hash.AppendData(_prefix);
        return digest;
    }

    public void Dispose() => _hash.Dispose();
}
