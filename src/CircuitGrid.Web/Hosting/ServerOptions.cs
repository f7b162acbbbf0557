using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Web.Hosting;

/// <summary>Where a server listens, who may speak to it, and how much of it one client may take.</summary>
public sealed record ServerOptions
{
    /// <summary>Far beyond a chain of certificates.</summary>
    private const int MaxCertificateBytes = 1 << 20;

    /// <summary>The address to listen on; others than loopback need a <see cref="Token"/>.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>What clients have to show; <see langword="null"/> for nothing.</summary>
    public AccessToken? Token { get; init; }

    /// <summary>What is shown for TLS; <see langword="null"/> for plain HTTP.</summary>
    public ServerCertificate? Certificate { get; init; }

    /// <summary>Connections at a time, followers included; beyond it the idlest are closed.</summary>
    public int MaxConnections { get; init; } = 1500;

    /// <summary>How long a connection may be silent before it has sent anything.</summary>
    public TimeSpan SilentTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may be idle after a request.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a body or an answer may rest on its way; it must move on by 240 bytes a second then.</summary>
    public TimeSpan DataGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest body of a request, in bytes.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    /// <summary>Largest request line and headers together, in bytes.</summary>
    public int MaxHeaderBytes { get; init; } = 16 << 10;

    /// <summary>How long the headers of a request may take to arrive.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether only this machine can reach the server.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(Address);

    /// <summary>Reads a certificate: PKCS#12, or PEM with its key beside or within it.</summary>
    /// <param name="file">The certificate's file.</param>
    /// <param name="keyFile">The key's PEM file where it isn't in the first.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">A file can't be read or used.</exception>
    public static X509Certificate2 LoadCertificate(string file, string? keyFile, CancellationToken cancellation) => LoadChain(file, keyFile, cancellation).Certificate;

    /// <summary>Reads a certificate with those between it and its authority, where they are in the file.</summary>
    /// <inheritdoc cref="LoadCertificate"/>
    internal static (X509Certificate2 Certificate, X509Certificate2Collection Chain) LoadChain(string file, string? keyFile, CancellationToken cancellation)
    {
        var bytes = InputBytes.Read(file, MaxCertificateBytes, cancellation);
        var text = Encoding.Latin1.GetString(bytes);
        var key = keyFile is null ? text : Encoding.Latin1.GetString(InputBytes.Read(keyFile, MaxCertificateBytes, cancellation));
        try
        {
            var chain = new X509Certificate2Collection();
            X509Certificate2 certificate;
            if (keyFile is not null || text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            {
                certificate = X509Certificate2.CreateFromPem(text, key);
                chain.ImportFromPem(text);
            }
            else
            {
                certificate = X509CertificateLoader.LoadPkcs12(bytes, password: null);
                chain.AddRange(X509CertificateLoader.LoadPkcs12Collection(bytes, password: null));
            }

            return certificate.HasPrivateKey ? (certificate, chain) : throw new InvalidInputException(file, "has no private key");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidInputException(file, "can't be used as a certificate with its private key: " + e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Refuses what would be open to anybody.</summary>
    /// <exception cref="InvalidInputException">The address is not loopback and there is no token.</exception>
    public void Validate()
    {
        if (!IsLoopback && Token is null)
        {
            throw new InvalidInputException(
                Address.ToString(),
                $"can be reached from other machines, so a token is needed: write one into a file and name it with --token-file, or set {AccessToken.Variable}");
        }
    }
}
