using CircuitGrid.Client.Hosting;
using CircuitGrid.HubStandIn.Repositories;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary>What people read where the hub hasn't what they asked for, or doesn't give it to them.</summary>
public sealed class RefusalTests
{
    private const string Good = "hf_good";

    [Theory]
    [InlineData("hf:lab/nothing-of-the-name", "hf:lab/nothing-of-the-name: there is no such repository, or it is private; set HF_TOKEN if it is yours")]
    [InlineData("hf:lab/private", "hf:lab/private: there is no such repository, or it is private; set HF_TOKEN if it is yours")]
    [InlineData("hf:lab/gated", "hf:lab/gated: is gated: accept its terms at ENDPOINT/lab/gated and set HF_TOKEN")]
    [InlineData("hf:nano-lab/nano-2l@step7", "hf:nano-lab/nano-2l: has no revision step7")]
    [InlineData("hf:nano-lab/nano-2l@iter*", "nano-lab/nano-2l has no revision iter*; it has main, step0, step64")]
    [InlineData("hf:nano-lab/nano-2l@0123456789012345678901234567890123456789", "hf:nano-lab/nano-2l: has no revision 0123456789012345678901234567890123456789")]
    [InlineData("hf:lab/last", "last: main is a checkpoint only where it is asked for, as hf:lab/last@main")]
    [InlineData("hf:lab/empty", "empty: main holds no checkpoint: neither a configuration nor weights")]
    [InlineData("hf:lab/empty@main", "empty: main holds no checkpoint: neither a configuration nor weights")]
    [InlineData("hf:lab/stub@main", "stub: main holds no checkpoint: neither a configuration nor weights")]
    [InlineData("hf:lab/tiny/step0", "names the repository 'lab/tiny/step0'; a repository is ORGANIZATION/NAME")]
    public async Task Plan_OfWhatIsntThere_SaysWhy(string address, string expected)
    {
        await using var hub = await StartAsync();
        foreach (var command in (string[])["plan", "run", "status"])
        {
            var run = await hub.RunAsync(command, address, "--tasks", "sva");

            // a gated repository's revisions are listed, so that its cells fail one by one
            if (!(address.EndsWith("gated", StringComparison.Ordinal) && command != "plan"))
            {
                Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
                Assert.Contains(expected.Replace("ENDPOINT", hub.Server.Endpoint.OriginalString, StringComparison.Ordinal), Assert.Single(run.ErrorLines), StringComparison.Ordinal);
            }

            Assert.DoesNotContain(hub.Root, run.Error, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFiles(hub.Root, HubClient.Weights, SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Plan_WithAToken_OpensWhatItOpensAndNamesAWrongOne()
    {
        await using var hub = await StartAsync();
        hub.Variables["HF_TOKEN"] = "hf_wrong";
        foreach (var address in (string[])["hf:lab/gated", "hf:lab/private"])
        {
            var run = await hub.RunAsync("plan", address, "--tasks", "sva");
            Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
            Assert.Contains("the hub doesn't know the token; set HF_TOKEN to a valid one, or to nothing", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
            Assert.DoesNotContain("hf_wrong", run.Error + run.Output, StringComparison.Ordinal);
        }

        hub.Variables["HF_TOKEN"] = Good;
        foreach (var address in (string[])["hf:lab/gated", "hf:lab/private"])
        {
            Assert.Equal(1, (await hub.RunAsync("plan", address, "--tasks", "sva", "--json")).Succeeded().Json.GetProperty("run").GetInt32());
        }
    }

    [Fact]
    public async Task Plan_OfARenamedRepository_SaysSoAndGoesOn()
    {
        await using var hub = await StartAsync();
        hub.Server.Repositories.Rename(HubClient.Repository, "new-lab/tiny");
        var run = (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva", "--checkpoints", "0")).Succeeded();
        Assert.Contains("1 cells computed", run.Output, StringComparison.Ordinal);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0), StoreRows.Of(hub.Store));
        Assert.Contains("nano-lab/nano-2l is called new-lab/tiny now", (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva")).Succeeded().Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(hub.CacheOf("new-lab/tiny").Snapshots));
        Assert.False(Directory.Exists(hub.CacheOf(HubClient.Repository).Folder));
    }

    /// <summary><c>main</c> is a checkpoint where it is asked for, and nowhere else.</summary>
    [Fact]
    public async Task Plan_TakesMainOnlyWhereItIsAskedFor()
    {
        await using var hub = await StartAsync();
        Assert.Equal(["nano-2l/nano-2l@0/sva", "nano-2l/nano-2l@64/sva"], await CellsAsync(hub, HubClient.Address));
        Assert.Equal(["nano-2l/nano-2l.main@0/sva"], await CellsAsync(hub, HubClient.Address + "@main"));
        Assert.Equal(["last/last.main@0/sva"], await CellsAsync(hub, "hf:lab/last@main"));
    }

    private static async Task<IEnumerable<string?>> CellsAsync(HubClient hub, string address) =>
        (await hub.RunAsync("plan", address, "--tasks", "sva", "--json")).Succeeded().Json.GetProperty("plan").EnumerateArray().Select(c => c.GetProperty("cell").GetString());

    private static async Task<HubClient> StartAsync()
    {
        var hub = await HubClient.StartAsync([0, 64], new() { Tokens = [Good] });
        var repositories = hub.Server.Repositories;
        repositories.Add("lab/private").Commit("step0", hub.Nano.Checkpoint(HubClient.Model, 0)).MakePrivate(Good);
        repositories.Add("lab/gated").Commit("main", StandInTree.Empty.With(".gitattributes", "")).Commit("step0", hub.Nano.Checkpoint(HubClient.Model, 0)).Gate(Good);
        repositories.Add("lab/last").Commit("main", hub.Nano.Checkpoint(HubClient.Model, 4000));
        repositories.Add("lab/empty").Commit("main", StandInTree.Empty.With(".gitattributes", ""));
        repositories.Add("lab/stub").Commit("main", StandInTree.Empty.With("README.md", "# Each checkpoint is a branch.\n"));
        return hub;
    }
}
