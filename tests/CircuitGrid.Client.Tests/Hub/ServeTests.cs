using CircuitGrid.Client.Tests.Remote;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>A server that reads the hub for its clients, which don't.</summary>
public sealed class ServeTests
{
    private const string Token = "hf_theServersToken";

    [Fact]
    public async Task Run_OnAServer_IsByteEqualToTheFolders()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 4000], new() { Tokens = [Token] });
        hub.At().Gate(Token);
        hub.Variables["HF_TOKEN"] = Token;
        var store = Path.Combine(hub.WorkingFolder, "served.db");
        await using var server = await ServingClient.StartAsync(hub.WorkingFolder, store, hub.Change);

        // the client has neither the hub's address nor the token
        hub.Variables.Clear();
        string[] what = [HubClient.Address, "--tasks", "sva", "--checkpoints", "0,4000", "--server", server.Address];
        var run = (await hub.RunAsync(["run", .. what])).Succeeded();
        Assert.Contains("2 cells computed", run.Output, StringComparison.Ordinal);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0, 4000), StoreRows.Of(store));

        var status = (await hub.RunAsync(["status", .. what, "--json"])).Succeeded().Json;
        Assert.Equal((2, 2, 0), (status.GetProperty("cells").GetInt32(), status.GetProperty("done").GetInt32(), status.GetProperty("missing").GetInt32()));
        var page = Path.Combine(hub.WorkingFolder, "remote.html");
        var report = (await hub.RunAsync(["report", .. what, "--out", page])).Succeeded();
        Assert.Equal($"2 cells in {page}", report.Output.Trim());
        Assert.DoesNotContain(Token, await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.DoesNotContain(Token, server.Said + run.Output + status, StringComparison.Ordinal);
        Assert.Equal(2, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
        Assert.Empty(hub.Requests.LeakedTokens);
    }

    [Fact]
    public async Task Run_OnAServer_OfARepositoryThatIsntThere_SaysSo()
    {
        await using var hub = await HubClient.StartAsync([0]);
        await using var server = await ServingClient.StartAsync(hub.WorkingFolder, Path.Combine(hub.WorkingFolder, "served.db"), hub.Change);
        var run = await hub.RunAsync("run", "hf:lab/nothing", "--tasks", "sva", "--server", server.Address);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("hf:lab/nothing: there is no such repository, or it is private", run.Error, StringComparison.Ordinal);
    }
}
