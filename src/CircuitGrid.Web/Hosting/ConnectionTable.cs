using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Hosting;

/// <summary>
/// The connections of a server. One that sends nothing is closed soon; when there are as many as may be, the idlest is closed for the next, so that nobody shuts others out by
/// keeping connections. What isn't in the port's protocol is explained.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="logger">Hears of what is closed or not understood, a few times a minute at most.</param>
internal sealed partial class ConnectionTable(ServerOptions options, ILogger<ConnectionTable> logger)
{
    /// <summary>First byte of a TLS record with a handshake (RFC 8446, section 5.1).</summary>
    private const byte TlsHandshake = 22;

    private static readonly byte[] SpeaksTls = Encoding.ASCII.GetBytes(Answer("""{"status":400,"title":"Bad Request","detail":"This port speaks TLS: the server's address begins with https://."}"""));

    private readonly ConcurrentDictionary<TrackedConnection, bool> connections = new();
    private readonly RareNotice crowded = new();
    private readonly RareNotice plainOnTls = new();
    private readonly RareNotice tlsOnPlain = new();
    private readonly RareNotice broken = new();

    /// <summary>Sees a connection through, from its first byte to its end.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="next">What speaks on it.</param>
    public async Task HandleAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var tracked = new TrackedConnection(connection);
        connections[tracked] = true;
        try
        {
            connection.Features.Set(tracked);
            MakeRoom(tracked);
            if (await FirstByteAsync(connection) is not { } first)
            {
                return;
            }

            tracked.Touch();
            var isTls = first == TlsHandshake;
            if (options.Certificate is not null && !isTls)
            {
                Say(plainOnTls, connection, LogPlain);
                await connection.Transport.Output.WriteAsync(SpeaksTls);
                return;
            }

            if (options.Certificate is null && isTls)
            {
                Say(tlsOnPlain, connection, LogTls);
            }

            await next(connection);
            if (options.Certificate is not null && connection.Features.Get<SecuredMark>() is null)
            {
                Say(broken, connection, LogBroken);
            }
        }
        finally
        {
            connections.TryRemove(tracked, out _);
        }
    }

    /// <summary>Comes after TLS: notes that its handshake has succeeded.</summary>
    public static Task MarkSecuredAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.Features.Set(SecuredMark.Instance);
        return next(connection);
    }

    /// <summary>Closes the connections that ask nothing, then others, those first that were idle for longest.</summary>
    private void MakeRoom(TrackedConnection newcomer)
    {
        while (connections.Count > options.MaxConnections && connections.Keys.Where(c => c != newcomer).OrderBy(c => c.IsAsking).ThenBy(c => c.LastActive).ThenBy(c => c.Number).FirstOrDefault() is { } idlest)
        {
            connections.TryRemove(idlest, out _);
            idlest.Close("as many connections as the server keeps");
            if (crowded.IsDue())
            {
                LogCrowded(options.MaxConnections);
            }
        }
    }

    /// <summary>Looks at a connection's first byte, which stays to be read.</summary>
    /// <returns><see langword="null"/> where none comes in time.</returns>
    private async Task<byte?> FirstByteAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        using var silent = new CancellationTokenSource(options.SilentTimeout);
        using var closing = CancellationTokenSource.CreateLinkedTokenSource(
            silent.Token, connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None);
        try
        {
            var read = await input.ReadAsync(closing.Token);
            var first = read.Buffer.IsEmpty ? null : (byte?)read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private static void Say(RareNotice notice, ConnectionContext connection, Action<string> log)
    {
        if (notice.IsDue())
        {
            log((connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "somebody");
        }
    }

    private static string Answer(string json) =>
        $"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: {json.Length}\r\nConnection: close\r\n\r\n{json}";

    [LoggerMessage(LogLevel.Warning, "{Address} sent plain HTTP, but this port speaks TLS: the server's address begins with https://")]
    private partial void LogPlain(string address);

    [LoggerMessage(LogLevel.Warning, "{Address} began TLS, but this port speaks plain HTTP: the server's address begins with http://, or the server needs --certificate")]
    private partial void LogTls(string address);

    [LoggerMessage(LogLevel.Warning, "{Address} didn't finish a TLS handshake: it doesn't trust the certificate, or speaks no version of TLS that this server does")]
    private partial void LogBroken(string address);

    [LoggerMessage(LogLevel.Warning, "There are {Most} connections, as many as the server keeps; the idlest are closed for new ones")]
    private partial void LogCrowded(int most);

    private sealed class SecuredMark
    {
        public static SecuredMark Instance { get; } = new();
    }

    /// <summary>Something that is said once a minute at most.</summary>
    private sealed class RareNotice
    {
        private static readonly long Pause = (long)TimeSpan.FromMinutes(1).TotalMilliseconds;
        private long next;

        public bool IsDue()
        {
            var (now, due) = (Environment.TickCount64, Interlocked.Read(ref next));
            return now >= due && Interlocked.CompareExchange(ref next, now + Pause, due) == due;
        }
    }
}
