using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CircuitGrid.ClusterTrials;

/// <summary>Clients that keep connections, never read, and send what is no request.</summary>
/// <param name="port">The server's port on this machine.</param>
internal sealed class HostileClients(int port) : IDisposable
{
    private const string Post = "POST /api/v1/plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly List<Socket> idle = [];
    private readonly List<Socket> deaf = [];
    private readonly ConcurrentDictionary<string, int> statuses = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();
    private Task keeping = Task.CompletedTask;

    /// <summary>Idle connections that the server closed and that were opened again.</summary>
    public int Reopened { get; private set; }

    /// <summary>Whether the honest follower's connection was closed.</summary>
    public bool IsFollowerDropped { get; set; }

    /// <summary>How often the server answered how.</summary>
    public string Statuses => string.Join(", ", statuses.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}: {s.Value}"));

    /// <summary>Whether a malformed request was the server's fault to it.</summary>
    public bool HasFailedTheServer => statuses.Keys.Any(s => s.StartsWith('5') && s is not "505");

    /// <summary>Opens idle connections, which stay as many, and followers that never read.</summary>
    public async Task OpenAsync(int idleCount, int deafCount, string id, CancellationToken cancellation)
    {
        for (var i = 0; i < idleCount; i++)
        {
            idle.Add(await ConnectAsync(cancellation));
        }

        for (var i = 0; i < deafCount; i++)
        {
            var socket = await ConnectAsync(cancellation, receiveBuffer: 4096);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/experiments/{id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n"), cancellation);
            deaf.Add(socket);
        }

        keeping = KeepAsync(CancellationTokenSource.CreateLinkedTokenSource(cancellation, stop.Token).Token);
    }

    /// <summary>Sends a request that is none, and waits for what comes of it.</summary>
    public async Task SendAsync(int number, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        var status = "none";
        try
        {
            using var socket = await ConnectAsync(patience.Token);
            await socket.SendAsync(Malformed(number), patience.Token);
            if (number % 2 == 0)
            {
                // this one has said all
                socket.Shutdown(SocketShutdown.Send);
            }

            var buffer = new byte[256];
            var count = await socket.ReceiveAsync(buffer, patience.Token);
            status = count >= 12 ? Encoding.ASCII.GetString(buffer, 9, 3) : "closed";
        }
        catch (SocketException)
        {
            status = "closed";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // not even closed
        }

        statuses.AddOrUpdate(status, 1, (_, n) => n + 1);
    }

    public void Close()
    {
        stop.Cancel();
        keeping.Wait();
        idle.ForEach(s => s.Dispose());
        deaf.ForEach(s => s.Dispose());
    }

    public void Dispose() => stop.Dispose();

    private static byte[] Malformed(int number)
    {
        var random = new Random(number);
        var noise = new byte[random.Next(1, 4000)];
        random.NextBytes(noise);
        return Encoding.Latin1.GetBytes((number % 16) switch
        {
            0 => Encoding.Latin1.GetString(noise),
            1 => "GET /api/v1/experiments HTT",
            2 => "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Cut",
            3 => Post + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx",
            4 => Post + "Transfer-Encoding: chunked\r\n\r\n" + Encoding.Latin1.GetString(noise),
            5 => "BREW /api/v1/experiments HTTP/1.1\r\nHost: localhost\r\n\r\n",
            6 => "DELETE /api/v1/experiments HTTP/1.1\r\nHost: localhost\r\n\r\n",
            7 => Post.Replace("yaml", "json", StringComparison.Ordinal) + "Content-Length: 12\r\n\r\n{\"yaml\": [[[",
            8 => Post + "Content-Length: 16\r\n\r\ntasks: [[[ioi\n:\0",
            9 => Post + $"Content-Length: {noise.Length}\r\n\r\n{Encoding.Latin1.GetString(noise)}",
            10 => $"GET / HTTP/1.1\r\nHost: localhost\r\nX-Huge: {new string('x', 40_000)}\r\n\r\n",
            11 => $"GET /{new string('y', 20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            12 => "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            13 => "GET / HTTP/7.5\r\nHost: localhost\r\n\r\n",
            14 => Post + "Content-Length: 3000000\r\n\r\nsuite: ",
            _ => $"GET /api/v1/experiments?{Uri.EscapeDataString(Encoding.Latin1.GetString(noise))[..Math.Min(noise.Length, 3000)]} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        });
    }

    /// <summary>Opens what the server closes again.</summary>
    private async Task KeepAsync(CancellationToken cancellation)
    {
        var nothing = new byte[64];
        while (!cancellation.IsCancellationRequested)
        {
            for (var i = 0; i < idle.Count; i++)
            {
                try
                {
                    if (idle[i].Poll(0, SelectMode.SelectRead) && await idle[i].ReceiveAsync(nothing, cancellation) == 0)
                    {
                        idle[i].Dispose();
                        idle[i] = await ConnectAsync(cancellation);
                        Reopened++;
                    }
                }
                catch (SocketException)
                {
                    idle[i].Dispose();
                    idle[i] = await ConnectAsync(cancellation);
                    Reopened++;
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }

            await Task.Delay(500, CancellationToken.None);
        }
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancellation, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        return socket;
    }
}
