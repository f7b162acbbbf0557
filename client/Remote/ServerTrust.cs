using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace CircuitGrid.Client.Remote;

/// <summary>Judges a server's certificate as the system does, and says in one line why a connection didn't come about.</summary>
/// <param name="address">The server.</param>
/// <param name="time">Clock of what is said; the system judges by its own.</param>
internal sealed class ServerTrust(Uri address, TimeProvider time)
{
    private volatile string? fault;

    /// <summary>Whether the certificate is trusted; why it isn't is kept for <see cref="Explain"/>.</summary>
    public bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        fault = errors == SslPolicyErrors.None ? null : FaultOf(certificate as X509Certificate2, chain, errors);
        return errors == SslPolicyErrors.None;
    }

    /// <summary>What an exception of a request means, without a full stop.</summary>
    public string Explain(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AuthenticationException)
            {
                return fault ?? (IsNoTls(e)
                    ? $"it doesn't speak TLS; where it serves plain HTTP its address begins with http://{address.Authority}"
                    : $"no TLS connection comes about: {e.Message.TrimEnd('.')}");
            }
        }

        return exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: IOException }
            ? "it broke off the TLS handshake"
            : exception.Message.TrimEnd('.');
    }

    private string FaultOf(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "it shows no certificate";
        }

        var (now, from, until) = (time.GetUtcNow().UtcDateTime, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now < from || now > until)
        {
            return string.Create(CultureInfo.InvariantCulture, $"its certificate {(now > until ? "has expired" : "isn't valid yet")}: it is valid from {from:yyyy-MM-dd HH:mm} to {until:yyyy-MM-dd HH:mm} UTC");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"its certificate is for another name than {address.Host}";
        }

        return chain?.ChainStatus.Any(s => s.Status.HasFlag(X509ChainStatusFlags.UntrustedRoot) || s.Status.HasFlag(X509ChainStatusFlags.PartialChain)) == true
            ? "its certificate is of an authority that this machine doesn't trust; the variable SSL_CERT_FILE names a file of trusted ones"
            : $"its certificate isn't trusted: {string.Join(", ", chain?.ChainStatus.Select(s => s.Status.ToString()) ?? [])}";
    }

    /// <summary>The library's words for an answer that is no TLS record.</summary>
    private static bool IsNoTls(Exception e) => e.Message.Contains("frame", StringComparison.Ordinal) || e.InnerException?.Message.Contains("wrong version number", StringComparison.Ordinal) == true;
}
