using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Web.Hosting;

/// <summary>
/// The secret that clients of a server show. Only its hash is kept: it can't be shown by mistake, and comparing hashes in constant time tells
/// nothing about it.
/// </summary>
public sealed class AccessToken
{
    /// <summary>The environment variable that may hold it.</summary>
    public const string Variable = "CIRCUITGRID_TOKEN";

    private const int LeastLength = 16;
    private const int MostLength = 1024;

    private readonly byte[] hash;

    /// <param name="secret">The secret: 16 to 1024 visible characters of ASCII.</param>
    /// <exception cref="InvalidInputException">It isn't.</exception>
    public AccessToken(string secret)
        : this(secret, "token")
    {
    }

    private AccessToken(string secret, string source)
    {
        if (secret.Length is < LeastLength or > MostLength || !secret.All(c => c is > ' ' and <= '~'))
        {
            throw new InvalidInputException(source, $"holds no token: a line of {LeastLength} to {MostLength} visible ASCII characters, e.g. what 'openssl rand -hex 32' prints");
        }

        hash = Hash(secret);
    }

    /// <summary>Reads the secret as a client shows it.</summary>
    /// <param name="file">The file it is in; <see langword="null"/> for the environment variable.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <returns><see langword="null"/> where neither is there.</returns>
    /// <exception cref="InvalidInputException">The file can't be read, or holds none.</exception>
    public static string? ReadSecret(string? file, CancellationToken cancellation)
    {
        if (file is null)
        {
            var value = Environment.GetEnvironmentVariable(Variable)?.Trim();
            return string.IsNullOrEmpty(value) ? null : Checked(value, Variable);
        }

        return Checked(Encoding.UTF8.GetString(InputBytes.Read(file, 4 * MostLength, cancellation)).Trim(), file);
    }

    /// <summary>Whether somebody shows the secret, in a time that doesn't depend on how much of it is right.</summary>
    public bool Matches(ReadOnlySpan<char> shown) => CryptographicOperations.FixedTimeEquals(hash, Hash(shown));

    /// <summary>Signs something, so that whoever knows the token knows that somebody else did.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> text) => HMACSHA256.HashData(hash, text);

    /// <summary>Whether two texts are equal, in a time that doesn't depend on where they differ.</summary>
    internal static bool AreEqual(ReadOnlySpan<char> one, ReadOnlySpan<char> other) => CryptographicOperations.FixedTimeEquals(Hash(one), Hash(other));

    public override string ToString() => "(secret)";

    private static string Checked(string secret, string source)
    {
        _ = new AccessToken(secret, source);
        return secret;
    }

    private static byte[] Hash(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return SHA256.HashData(bytes);
    }
}
