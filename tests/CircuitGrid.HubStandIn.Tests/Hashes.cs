using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CircuitGrid.HubStandIn.Tests;

/// <summary>The hub's hashes by their definitions.</summary>
internal static class Hashes
{
    public static string GitBlob(byte[] bytes) =>
        Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes($"blob {bytes.Length.ToString(CultureInfo.InvariantCulture)}\0"), .. bytes]));

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Bytes that no two places share, the same each time.</summary>
    public static byte[] Noise(int count, int seed = 7)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
