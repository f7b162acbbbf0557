using System.Net;
using System.Text.Json.Nodes;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>What health says, and that it says it whatever hangs.</summary>
public sealed class HealthTests
{
    [Theory]
    [InlineData(Stuck.Never)]
    [InlineData(Stuck.Blocking)]
    public async Task Health_OverAStoreThatHangs_SaysForHowLong(Stuck how)
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        var folder = Directory.CreateTempSubdirectory("circuitgrid-health-");
        using var file = SqliteCellStore.Open(Path.Combine(folder.FullName, "results.db"));
        var store = HangingStore.Around(file, () => host.WaitAsync(how));
        await using var server = await BareServer.StartAsync(host, store: store);
        for (var i = 0; i < 3; i++)
        {
            var (status, checks) = await AskAsync(server, "/health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.StartsWith("hasn't answered for ", (string)checks["store"]!["description"]!, StringComparison.Ordinal);
            Assert.Equal("ok", (string?)checks["grid"]!["status"]);
        }

        Assert.Equal(1, HangingStore.Calls(store));
        Assert.Single(server.Log, line => line.StartsWith("Health: store hasn't answered for ", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "/health/live")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AskAsync(server, "/health/ready")).Status);

        await host.DisposeAsync();
        await BareServer.UntilAsync(() => AskAsync(server, "/health").Result.Status == HttpStatusCode.OK, "health stays bad after the store has answered");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Ready_WhileDraining_IsNot_AndLiveIs()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.No);
        await using var server = await BareServer.StartAsync(host);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "/health/ready")).Status);
        server.Draining.Begin();
        var (status, checks) = await AskAsync(server, "/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unhealthy"), (status, (string?)checks["draining"]!["status"]));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(server, "/health/live")).Status);
    }

    private static async Task<(HttpStatusCode Status, JsonNode Checks)> AskAsync(BareServer server, string path)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["checks"]!);
    }
}
