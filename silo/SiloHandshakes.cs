using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace CircuitGrid.Silo;

/// <summary>
/// Connections to and from other silos until the first word of them: what hinders it is said in one line, once a minute a peer. While the silo joins, a member
/// that it doesn't come to terms with is what keeps it out.
/// </summary>
internal sealed partial class SiloHandshakes(SiloSettings settings, SiloJoining joining, TimeProvider time, ILogger<SiloHandshakes> logger)
{
    /// <summary>The first byte that a client of TLS sends: a record of its handshake.</summary>
    private const byte TlsHandshake = 0x16;

    private const string WithoutTls = "speaks without TLS, which this silo asks for: give it a certificate with --silo-certificate";
    private const string WithTls = "speaks TLS, which this silo doesn't: give this one a certificate with --silo-certificate, as the others have";

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>The connection that is being made in this flow of calls.</summary>
    private static readonly AsyncLocal<Attempt?> Current = new();

    private readonly ConcurrentDictionary<string, long> told = new(StringComparer.Ordinal);

    private bool HasTls => settings.Certificate is not null;

    /// <summary>Notes why the peer's certificate isn't accepted.</summary>
    public static void Refuse(string reason)
    {
        if (Current.Value is { } attempt)
        {
            attempt.Refusal = reason;
        }
    }

    /// <summary>Around TLS: comes before it is added.</summary>
    public void Watch(SiloConnectionOptions connections)
    {
        connections.ConfigureSiloInboundConnection(c => c.Use(next => context => AcceptAsync(next, context)));
        connections.ConfigureGatewayInboundConnection(c => c.Use(next => context => AcceptAsync(next, context)));
        connections.ConfigureSiloOutboundConnection(c => c.Use(next => context => ConnectAsync(next, context)));
    }

    /// <summary>Within TLS: comes after it is added.</summary>
    public static void Hear(SiloConnectionOptions connections)
    {
        connections.ConfigureSiloInboundConnection(c => c.Use(next => context => HeardAsync(next, context)));
        connections.ConfigureGatewayInboundConnection(c => c.Use(next => context => HeardAsync(next, context)));
        connections.ConfigureSiloOutboundConnection(c => c.Use(next => context => FirstWordAsync(next, context)));
    }

    private async Task AcceptAsync(ConnectionDelegate next, ConnectionContext context)
    {
        var attempt = Begin(context);
        if (await PeekAsync(context) is not { } first)
        {
            // somebody who only looked whether the port is open
            return;
        }

        if (first == TlsHandshake != HasTls)
        {
            Tell(attempt.Peer, HasTls ? WithoutTls : WithTls);
            context.Abort();
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            if (!attempt.IsHeard)
            {
                Tell(attempt.Peer, attempt.Refusal ?? "ended the TLS handshake: it doesn't accept this silo's certificate, or isn't a silo");
            }
        }
    }

    private async Task ConnectAsync(ConnectionDelegate next, ConnectionContext context)
    {
        var attempt = Begin(context);
        try
        {
            await next(context);
        }
        finally
        {
            if (!attempt.IsHeard)
            {
                var reason = attempt.Refusal ?? (HasTls
                    ? "doesn't accept this silo's certificate, or speaks without TLS: it ended the handshake"
                    : "ended the connection without a word: where the other silos have certificates, give this one its own with --silo-certificate");
                Tell(attempt.Peer, reason);
                joining.Refused($"silo {attempt.Address} {reason}");
            }
        }
    }

    private static Task HeardAsync(ConnectionDelegate next, ConnectionContext context)
    {
        Current.Value?.IsHeard = true;
        return next(context);
    }

    /// <summary>A client may think the handshake over while the other side is still at refusing its certificate: only a word that comes says that it was accepted.</summary>
    private static async Task FirstWordAsync(ConnectionDelegate next, ConnectionContext context)
    {
        if (Current.Value is not { } attempt)
        {
            await next(context);
            return;
        }

        var transport = context.Transport;
        context.Transport = new HeardPipe(transport, () => attempt.IsHeard = true);
        try
        {
            await next(context);
        }
        finally
        {
            context.Transport = transport;
        }
    }

    /// <summary>The first byte that comes, which stays to be read; <see langword="null"/> where none does.</summary>
    private static async Task<byte?> PeekAsync(ConnectionContext context)
    {
        try
        {
            var input = context.Transport.Input;
            var read = await input.ReadAsync(context.ConnectionClosed);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidOperationException)
        {
            return null;
        }
    }

    private static Attempt Begin(ConnectionContext context)
    {
        var attempt = new Attempt(context.RemoteEndPoint);
        Current.Value = attempt;
        return attempt;
    }

    private void Tell(string peer, string reason)
    {
        if (!joining.HasJoined)
        {
            return;
        }

        var now = time.GetTimestamp();
        if (told.TryGetValue(peer, out var before) && time.GetElapsedTime(before, now) < Pause)
        {
            return;
        }

        told[peer] = now;
        LogRefused(peer, reason);
    }

    [LoggerMessage(63, LogLevel.Warning, "No connection with {Peer}: it {Reason}.")]
    private partial void LogRefused(string peer, string reason);

    /// <summary>A connection until its first word.</summary>
    private sealed class Attempt(EndPoint? remote)
    {
        public string Address { get; } = remote?.ToString() ?? "of no address";

        /// <summary>Whoever it is comes from another port each time.</summary>
        public string Peer { get; } = (remote as IPEndPoint)?.Address.ToString() ?? "";

        public string? Refusal { get; set; }

        public bool IsHeard { get; set; }
    }
}
