using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Web.Hosting;

/// <summary>
/// The certificate that a server shows, from a file that somebody renews now and then. A renewed one is shown from then on; one that can't be used is noted once, and the
/// one before it is shown until then.
/// </summary>
public sealed class ServerCertificate
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private readonly string file;
    private readonly string? keyFile;
    private readonly TimeProvider time;
    private string stamp;
    private long lastLook;
    private int isLooking;
    private volatile SslStreamCertificateContext shown;

    private ServerCertificate(string file, string? keyFile, TimeProvider time, CancellationToken cancellation)
    {
        (this.file, this.keyFile, this.time) = (file, keyFile, time);
        stamp = Stamp();
        lastLook = time.GetTimestamp();
        shown = Read(cancellation);
    }

    /// <summary>Hears of a renewed certificate, and of a file that can't be used.</summary>
    public Action<string>? Noticed { get; set; }

    /// <summary>The certificate that is shown now.</summary>
    public X509Certificate2 Current => shown.TargetCertificate;

    /// <summary>Reads the certificate that options name.</summary>
    /// <param name="file">Its file; <see langword="null"/> for none.</param>
    /// <param name="keyFile">The key's file, where it isn't in the first.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <param name="time">Clock of its validity.</param>
    /// <returns><see langword="null"/> for plain HTTP.</returns>
    /// <exception cref="InvalidInputException">There is a key but no certificate, a file can't be used, or the certificate isn't valid now.</exception>
    public static ServerCertificate? Load(string? file, string? keyFile, CancellationToken cancellation, TimeProvider? time = null) =>
        file is not null ? new(file, keyFile, time ?? TimeProvider.System, cancellation)
        : keyFile is not null ? throw new InvalidInputException($"--certificate-key {keyFile}", "is of no use without --certificate: the server would speak plain HTTP")
        : null;

    /// <summary>What a handshake shows, after a look at the file now and then.</summary>
    internal SslStreamCertificateContext Show()
    {
        if (time.GetElapsedTime(Interlocked.Read(ref lastLook)) >= LookInterval && Interlocked.Exchange(ref isLooking, 1) == 0)
        {
            // apart from the handshake: a file may hang
            _ = Task.Run(Look);
        }

        return shown;
    }

    private void Look()
    {
        try
        {
            if (Stamp() is var now && !string.Equals(now, stamp, StringComparison.Ordinal))
            {
                stamp = now;
                shown = Read(CancellationToken.None);
                Noticed?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{file}: shown from now on, a certificate that is valid until {Current.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC"));
            }
        }
        catch (InvalidInputException e)
        {
            Noticed?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{e.Message}; the certificate before it is shown, which is valid until {Current.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC"));
        }
        finally
        {
            Interlocked.Exchange(ref lastLook, time.GetTimestamp());
            Interlocked.Exchange(ref isLooking, 0);
        }
    }

    private SslStreamCertificateContext Read(CancellationToken cancellation)
    {
        var (certificate, chain) = ServerOptions.LoadChain(file, keyFile, cancellation);
        var (now, from, until) = (time.GetUtcNow().UtcDateTime, certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now < from || now > until)
        {
            throw new InvalidInputException(file, string.Create(
                CultureInfo.InvariantCulture, $"{(now > until ? "has expired" : "isn't valid yet")}: it is valid from {from:yyyy-MM-dd HH:mm} to {until:yyyy-MM-dd HH:mm} UTC, and it is {now:yyyy-MM-dd HH:mm} now"));
        }

        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>Another one when a file has changed. A pipe is read once.</summary>
    private string Stamp() => Stamp(file) + (keyFile is null ? "" : "|" + Stamp(keyFile));

    private static string Stamp(string path) => FileStatus.Of(path) is { Kind: FileKind.Plain } status ? status.Stamp : "";
}
