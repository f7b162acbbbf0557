using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CircuitGrid.Silo.Tests;

/// <summary>Certificates made for a test, in a folder that goes with it.</summary>
internal sealed class CertificateFiles : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("circuitgrid-tls-").FullName;

    /// <summary>Writes a certificate that vouches for itself, and its key, as PEM.</summary>
    /// <returns>The two files.</returns>
    public (string Certificate, string Key) SelfSigned(string name, DateTimeOffset? until = null, bool isAuthority = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), until ?? DateTimeOffset.UtcNow.AddDays(2));
        return Write(name, certificate, key);
    }

    /// <summary>Writes a certificate that another's key vouches for, whether or not that other is an authority.</summary>
    public (string Certificate, string Key) Issued(string name, (string Certificate, string Key) by, bool isAuthority = false)
    {
        using var issuer = X509Certificate2.CreateFromPemFile(by.Certificate, by.Key);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, 0, critical: true));
        using var certificate = request.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!), new DateTimeOffset(issuer.NotBefore), new DateTimeOffset(issuer.NotAfter), RandomNumberGenerator.GetBytes(8));
        return Write(name, certificate, key);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private (string Certificate, string Key) Write(string name, X509Certificate2 certificate, ECDsa key)
    {
        var files = (Path.Combine(Folder, name + ".pem"), Path.Combine(Folder, name + ".key"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
