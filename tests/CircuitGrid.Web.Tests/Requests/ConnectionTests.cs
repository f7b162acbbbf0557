using System.Net;
using System.Net.Sockets;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>Connections that ask nothing go, and keep nobody out.</summary>
public sealed class ConnectionTests
{
    private const string Ask = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Fact]
    public async Task Connections_ThatAreIdle_MakeRoomForAnHonestClient()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { MaxConnections = 10, SilentTimeout = TimeSpan.FromHours(1), IdleTimeout = TimeSpan.FromHours(1) });
        var idle = new List<Socket>();
        for (var i = 0; i < 60; i++)
        {
            var socket = await RawClient.ConnectAsync(server.Address);
            idle.Add(socket);
            await RawClient.SendAsync(socket, (i % 3) switch { 0 => "", 1 => Ask, _ => "GET /health HTTP/1.1\r\nHost:" });
            if (i % 10 == 0)
            {
                using var client = new HttpClient { BaseAddress = server.Address, Timeout = BareServer.Patience };
                Assert.Equal("[", (await client.GetStringAsync(new Uri("/api/v1/experiments", UriKind.Relative)))[..1]);
            }
        }

        await BareServer.UntilAsync(() => idle.Count(IsOpen) <= 10, "idle connections stay");
        Assert.NotEqual(0, idle.Count(IsOpen));
        Assert.Single(server.Log, line => line.StartsWith("There are 10 connections", StringComparison.Ordinal));
        idle.ForEach(s => s.Dispose());
    }

    /// <summary>A body that trickles in is worth no more than a connection that asks nothing, and who has just come is never the one to go.</summary>
    [Fact]
    public async Task Connections_WhoseBodiesTrickleIn_MakeRoomForAnHonestClient()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { MaxConnections = 10, DataGrace = TimeSpan.FromHours(1) }, api => api.Deadlines = new());
        var slow = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            var socket = await RawClient.ConnectAsync(server.Address);
            slow.Add(socket);
            await RawClient.SendAsync(socket, "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ntok");
            if (i % 10 == 9)
            {
                using var client = new HttpClient { BaseAddress = server.Address, Timeout = BareServer.Patience };
                Assert.Equal("[", (await client.GetStringAsync(new Uri("/api/v1/experiments", UriKind.Relative)))[..1]);
            }
        }

        await BareServer.UntilAsync(() => slow.Count(IsOpen) <= 10, "slow connections stay");
        Assert.DoesNotContain(server.Log, line => line.Contains("failed", StringComparison.Ordinal));
        slow.ForEach(s => s.Dispose());
    }

    /// <summary>A request that is being answered is worth more than a connection that asks nothing.</summary>
    [Fact]
    public async Task Connection_WhoseRequestWaits_IsntClosedForIdleOnes()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.Never);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { MaxConnections = 10 }, api => api.Deadlines = new());
        var asking = server.Client.GetAsync(new Uri($"/api/v1/experiments/{StuckHost.Id}/plan", UriKind.Relative));
        await BareServer.UntilAsync(() => host.Asked == 2, "the plan isn't asked for");
        var idle = new List<Socket>();
        for (var i = 0; i < 40; i++)
        {
            idle.Add(await RawClient.ConnectAsync(server.Address));
        }

        await BareServer.UntilAsync(() => idle.Count(IsOpen) < 10, "idle connections stay");
        Assert.False(asking.IsCompleted);
        await host.DisposeAsync();
        using var answer = await asking;
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        idle.ForEach(s => s.Dispose());
    }

    [Theory]
    [InlineData("")]
    [InlineData(Ask)]
    [InlineData("GET /health HTTP/1.1\r\nHost:")]
    [InlineData("POST /api/v1/plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\nContent-Length: 1000\r\n\r\nsuite: ")]
    public async Task Connection_ThatGoesSilent_IsClosed(string sent)
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        var brief = TimeSpan.FromMilliseconds(500);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { SilentTimeout = brief, IdleTimeout = brief, HeaderTimeout = brief, DataGrace = TimeSpan.FromMilliseconds(1500) });
        using var socket = await RawClient.ConnectAsync(server.Address);
        await RawClient.SendAsync(socket, sent);
        var answer = await RawClient.ReadToEndAsync(socket);
        Assert.Equal(sent == Ask, answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stop_WithSilentConnections_DoesntWaitForThem()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        var server = await BareServer.StartAsync(host, new ServerOptions { SilentTimeout = TimeSpan.FromHours(1) });
        using var socket = await RawClient.ConnectAsync(server.Address);
        using var answered = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative));
        await server.DisposeAsync();
        Assert.Equal("", await RawClient.ReadToEndAsync(socket));
    }

    [Theory]
    [InlineData("127.0.0.2")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Server_OnALoopbackAddress_AnswersToItAndToNoForeignName(string address)
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host, new ServerOptions { Address = IPAddress.Parse(address) });
        foreach (var (name, expected) in ((string?, HttpStatusCode)[])[(null, HttpStatusCode.OK), ("localhost", HttpStatusCode.OK), ("evil.example", HttpStatusCode.MisdirectedRequest), ("10.1.2.3", HttpStatusCode.MisdirectedRequest), ("127.0.0.1.evil.example", HttpStatusCode.MisdirectedRequest)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/experiments");
            request.Headers.Host = name;
            using var response = await server.Client.SendAsync(request);
            Assert.Equal(expected, response.StatusCode);
        }
    }

    private static bool IsOpen(Socket socket)
    {
        try
        {
            return !(socket.Poll(0, SelectMode.SelectRead) && socket.Receive(new byte[1 << 16]) == 0);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
