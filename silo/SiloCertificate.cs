using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Hosting;
using Orleans.Connections.Security;

namespace CircuitGrid.Silo;

/// <summary>
/// What a silo shows to others and asks of them, on its silo and its gateway port: the very certificate it has itself, or one that the
/// cluster's own authority issued. Names in certificates say nothing: silos come and go at any address.
/// </summary>
internal sealed class SiloCertificate
{
    private const int MaxAuthorityBytes = 1 << 20;

    private readonly X509Certificate2 own;
    private readonly X509Certificate2Collection? authority;
    private readonly TimeProvider time;

    private SiloCertificate(X509Certificate2 own, X509Certificate2Collection? authority, TimeProvider time)
    {
        this.own = own;
        this.authority = authority;
        this.time = time;
    }

    /// <summary>Reads a certificate: PKCS#12, or PEM with its key beside or within it.</summary>
    /// <param name="file">The certificate's file.</param>
    /// <param name="keyFile">The key's PEM file where it isn't in the first.</param>
    /// <param name="authorityFile">PEM file with the certificates of those who issue silos' certificates; <see langword="null"/> where all silos share one.</param>
    /// <param name="time">The clock that certificates expire by.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">A file can't be read or used, or other silos would refuse the certificate.</exception>
    public static SiloCertificate Load(string file, string? keyFile, string? authorityFile, TimeProvider time, CancellationToken cancellation)
    {
        var loaded = new SiloCertificate(ServerOptions.LoadCertificate(file, keyFile, cancellation), authorityFile is null ? null : LoadAuthority(authorityFile, cancellation), time);
        return loaded.Untimely(loaded.own) is { } untimely ? throw new InvalidInputException(file, untimely)
            : loaded.Accepts(loaded.own, presented: null) ? loaded
            : throw new InvalidInputException(file, $"wasn't issued by the authority in {authorityFile}");
    }

    /// <summary>Speaks TLS alone on the silo's own ports, to whoever shows such a certificate.</summary>
    public void Secure(ISiloBuilder silo) => silo.UseTls(own, tls =>
    {
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, chain, _) =>
        {
            if (Refusal(certificate, chain) is not { } refusal)
            {
                return true;
            }

            SiloHandshakes.Refuse(refusal);
            return false;
        };
    });

    /// <summary>Whether a certificate that somebody has shown, and has the key of, is one of the cluster's.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="presented">The chain it came with, of which only the certificates in between count.</param>
    public bool Accepts(X509Certificate2 certificate, X509Chain? presented) => Refusal(certificate, presented) is null;

    /// <summary>What is wrong with a certificate that somebody has shown, as what follows its owner's name; <see langword="null"/> where it is one of the cluster's.</summary>
    /// <inheritdoc cref="Accepts"/>
    public string? Refusal(X509Certificate2 certificate, X509Chain? presented)
    {
        var shows = $"shows a certificate ({certificate.Subject}) that ";
        if (authority is null && !certificate.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span))
        {
            return shows + "isn't the one which all silos share";
        }

        return Untimely(certificate) is { } untimely ? shows + untimely
            : authority is null || IsIssued(certificate, presented) ? null
            : shows + "wasn't issued by this cluster's authority";
    }

    public override string ToString() => $"(certificate {own.Thumbprint})";

    private bool IsIssued(X509Certificate2 certificate, X509Chain? presented)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authority!);
        foreach (var element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        return chain.Build(certificate);
    }

    /// <returns>Since or until when it isn't valid; <see langword="null"/> where it is.</returns>
    private string? Untimely(X509Certificate2 certificate)
    {
        var now = time.GetUtcNow().UtcDateTime;
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        return now < from ? string.Create(CultureInfo.InvariantCulture, $"isn't valid yet: it will be on {from:yyyy-MM-dd HH:mm} UTC")
            : now > until ? string.Create(CultureInfo.InvariantCulture, $"is expired: it was valid until {until:yyyy-MM-dd HH:mm} UTC")
            : null;
    }

    private static X509Certificate2Collection LoadAuthority(string file, CancellationToken cancellation)
    {
        var text = Encoding.Latin1.GetString(InputBytes.Read(file, MaxAuthorityBytes, cancellation));
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(text);
            return found.Count > 0 ? found : throw new InvalidInputException(file, "holds no certificate in PEM form");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidInputException(file, "can't be used as the certificates of an authority: " + e.Message.TrimEnd('.'), e);
        }
    }
}
