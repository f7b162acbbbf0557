using System.Net;
using System.Net.Sockets;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>Followers: hundreds that listen are served, and those that don't make room.</summary>
public sealed class FollowerTests
{
    private static readonly string Follow = $"GET /api/v1/experiments/{StuckHost.Id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Fact]
    public async Task Followers_ThreeHundredOfOneAddress_AreServed()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No) { Events = 20, EventLength = 100 };
        await using var server = await BareServer.StartAsync(host, configure: api => api.Heartbeat = TimeSpan.FromSeconds(1));
        var all = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => HearAsync(server, events: 20)));
        Assert.All(all, heard => Assert.Equal(20, heard));
    }

    [Fact]
    public async Task Followers_ThatNeverRead_AreDropped()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No) { Events = 4000, EventLength = 10_000 };
        await using var server = await BareServer.StartAsync(host, configure: api => api.FollowerPatience = TimeSpan.FromMilliseconds(500));
        var deaf = await DeafAsync(server, 5);
        await BareServer.UntilAsync(() => host.Following == 5, "followers aren't admitted");
        await BareServer.UntilAsync(() => host.Following == 0, "followers that never read stay");
        deaf.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Followers_AsManyAsMayBe_MakeRoomWhereTheyDontRead()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No) { Events = 4000, EventLength = 10_000 };
        await using var server = await BareServer.StartAsync(host, configure: api =>
        {
            api.MaxFollowers = 3;
            api.FollowerPatience = TimeSpan.FromHours(1);
        }, options: new() { });
        var deaf = await DeafAsync(server, 3);
        await BareServer.UntilAsync(() => host.Following == 3, "followers aren't admitted");
        await BareServer.UntilAsync(() => Try(server).Result, "followers that never read keep an honest one out");
        deaf.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Followers_BeyondAsManyAsMayBe_AreRefusedWhereAllListen()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No) { Events = 2, EventLength = 10 };
        await using var server = await BareServer.StartAsync(host, configure: api => api.MaxFollowers = 2);
        using var one = await OpenAsync(server);
        using var two = await OpenAsync(server);
        await BareServer.UntilAsync(() => host.Following == 2, "followers aren't admitted");
        using var three = await OpenAsync(server);
        Assert.Equal((HttpStatusCode.TooManyRequests, "5"), (three.StatusCode, three.Headers.RetryAfter!.ToString()));
    }

    private static async Task<bool> Try(BareServer server)
    {
        using var response = await OpenAsync(server);
        return response.IsSuccessStatusCode;
    }

    private static Task<HttpResponseMessage> OpenAsync(BareServer server) =>
        server.Client.GetAsync(new Uri($"/api/v1/experiments/{StuckHost.Id}/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);

    /// <returns>Events heard, once a heartbeat has come after them.</returns>
    private static async Task<int> HearAsync(BareServer server, int events)
    {
        using var response = await OpenAsync(server);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var heard = 0;
        while (await reader.ReadLineAsync().WaitAsync(BareServer.Patience) is { } line)
        {
            heard += line.StartsWith("data:", StringComparison.Ordinal) ? 1 : 0;
            if (heard == events && line is ": alive")
            {
                break;
            }
        }

        return heard;
    }

    private static async Task<List<Socket>> DeafAsync(BareServer server, int count)
    {
        var deaf = new List<Socket>();
        for (var i = 0; i < count; i++)
        {
            deaf.Add(await RawClient.ConnectAsync(server.Address, receiveBuffer: 4096));
            await RawClient.SendAsync(deaf[^1], Follow);
        }

        return deaf;
    }
}
