using CircuitGrid.Client.Hosting;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary><c>HF_HUB_OFFLINE=1</c>: what is there is enough, or it is said what is missing.</summary>
public sealed class OfflineTests
{
    private static readonly int[] Steps = [0, 4000];

    [Fact]
    public async Task Run_Offline_WorksOnWhatIsThereWithoutARequest()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--keep", "all")).Succeeded();
        hub.Requests.Clear();
        hub.Variables["HF_HUB_OFFLINE"] = "1";
        var run = (await hub.RunAsync("run", HubClient.Address, "--tasks", "ioi,sva", "--json")).Succeeded().Json;
        Assert.Equal((2, 2), (run.GetProperty("kept").GetInt32(), run.GetProperty("finished").GetInt32()));
        (await hub.RunAsync("report", HubClient.Address, "--tasks", "ioi,sva")).Succeeded();
        Assert.Empty(hub.Requests.All);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "ioi, sva", Steps), StoreRows.Of(hub.Store));
    }

    [Fact]
    public async Task Run_OfflineWithoutTheWeights_SaysWhatIsMissing()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva")).Succeeded();
        hub.Requests.Clear();
        hub.Variables["HF_HUB_OFFLINE"] = "1";
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        Assert.Equal(2 * HubClient.WeightBytes, plan.GetProperty("fetch").GetProperty("bytes").GetInt64());
        var run = await hub.RunAsync("run", HubClient.Address, "--tasks", "sva");
        Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
        var line = Assert.Single(run.ErrorLines);
        Assert.Contains("model.safetensors: it isn't in the cache, and HF_HUB_OFFLINE forbids to ask the hub", line, StringComparison.Ordinal);
        Assert.Contains(Steps, step => line.StartsWith($"error: hf:{HubClient.Repository}@{hub.At().Head($"step{step}").Id}: ", StringComparison.Ordinal));
        Assert.Empty(hub.Requests.All);

        // nothing is held against the checkpoints
        hub.Variables.Remove("HF_HUB_OFFLINE");
        Assert.Equal(0L, StoreRows.Count(hub.Store, "failures"));
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Equal(2, StoreRows.Of(hub.Store).Count);
    }

    [Fact]
    public async Task Plan_OfflineWithAnEmptyCache_SaysSo()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        hub.Variables["HF_HUB_OFFLINE"] = "1";
        var run = await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva");
        Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
        Assert.Equal($"error: {HubClient.Address}: no revision of it is in the cache, and HF_HUB_OFFLINE forbids to ask the hub", Assert.Single(run.ErrorLines));
        Assert.Empty(hub.Requests.All);
    }
}
