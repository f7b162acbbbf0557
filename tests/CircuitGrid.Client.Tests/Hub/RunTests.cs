using System.Text;
using CircuitGrid.Client.Hosting;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary><c>run</c> on suites on the hub, against the same experiment on the shipped folder.</summary>
public sealed class RunTests
{
    private const string Token = "hf_aVerySecretToken0123456789";

    private static readonly int[] Steps = [0, 256, 4000];

    [Fact]
    public async Task Run_OfTwoModels_IsByteEqualToTheFoldersAndFetchesEachFileOnce()
    {
        await using var hub = await HubClient.StartAsync();
        hub.Nano.Add(hub.Server, "nano-2l", steps: Steps);
        hub.Nano.Add(hub.Server, "nano-3l", steps: Steps);
        var run = (await hub.RunAsync("run", "hf:nano-lab/nano-{2l,3l}", "--tasks", "ioi,sva", "--fetch", "3", "--json")).Succeeded().Json;
        Assert.Equal((12, 12, 0), (run.GetProperty("cells").GetInt32(), run.GetProperty("finished").GetInt32(), run.GetProperty("failed").GetInt32()));
        Assert.Equal(await hub.RowsOfFolderAsync("nano-2l, nano-3l", "ioi, sva", Steps), StoreRows.Of(hub.StoreOf("nano")));
        var whole = hub.Requests.Of(RequestKind.Large).Where(r => r.Range is null).ToList();
        Assert.Equal(6, whole.Count);
        Assert.Equal(6, whole.Select(r => (r.Repository, r.Revision)).Distinct().Count());
        Assert.All(whole, r => Assert.Equal(200, r.Status));
        Assert.Equal(0, StoreRows.Count(hub.StoreOf("nano"), "claims"));
    }

    /// <summary>The address in an experiment file, with head scores, which read the suite's tokenizer and lexicon.</summary>
    [Fact]
    public async Task Run_OfAnExperimentFileWithHeads_IsByteEqualToTheFolders()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        var (remote, local) = (Path.Combine(hub.WorkingFolder, "remote.yaml"), Path.Combine(hub.WorkingFolder, "local.yaml"));
        const string What = "checkpoints: [4000]\ntasks: [ioi]\nheads: true\n";
        await File.WriteAllTextAsync(remote, $"suite: '{HubClient.Address}'\n{What}");
        await File.WriteAllTextAsync(local, $"suite: '{hub.Nano.Folder}'\nmodels: [nano-2l]\n{What}");
        (await hub.RunAsync("run", remote)).Succeeded();
        (await hub.RunAsync("run", local)).Succeeded();
        var rows = StoreRows.Of(Path.ChangeExtension(remote, ".results.db"));
        Assert.Equal(2, rows.Count);
        Assert.Equal(StoreRows.Of(Path.ChangeExtension(local, ".results.db")), rows);
    }

    [Fact]
    public async Task PlanAndRun_OfAFinishedExperiment_AskForRevisionsAlone()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        var rows = StoreRows.Of(hub.Store);
        foreach (var digest in hub.DigestsOf(Steps))
        {
            Remove(hub, digest);
        }

        hub.Requests.Clear();
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        Assert.Equal((0, 3, 0L), (plan.GetProperty("run").GetInt32(), plan.GetProperty("keep").GetInt32(), plan.GetProperty("fetch").GetProperty("bytes").GetInt64()));
        Assert.Single(hub.Requests.All);
        var run = (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Contains("Nothing to run: all 3 results were there.", run.Output, StringComparison.Ordinal);
        (await hub.RunAsync("status", HubClient.Address, "--tasks", "sva")).Succeeded();
        (await hub.RunAsync("report", HubClient.Address, "--tasks", "sva")).Succeeded();
        (await hub.RunAsync("audit", HubClient.Address, "--weights")).Succeeded();
        Assert.All(hub.Requests.All, request => Assert.Equal(RequestKind.References, request.Kind));
        Assert.Equal(rows, StoreRows.Of(hub.Store));
        Assert.DoesNotContain(Directory.EnumerateFiles(hub.Cache.Blobs), blob => new FileInfo(blob).Length >= HubClient.WeightBytes);

        // in one process revisions that haven't changed aren't even sent again
        Assert.Contains(hub.Requests.All, request => request is { Status: 304, IfNoneMatch: not null });
    }

    /// <summary>What is asked for anew of weights that were removed is computed as if they had never been there.</summary>
    [Fact]
    public async Task Run_OfAnotherTask_FetchesWhatWasRemoved()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Remove(hub, hub.DigestsOf(256).Single());
        hub.Requests.Clear();
        var run = (await hub.RunAsync("run", HubClient.Address, "--tasks", "ioi,sva", "--json")).Succeeded().Json;
        Assert.Equal((3, 3), (run.GetProperty("kept").GetInt32(), run.GetProperty("finished").GetInt32()));
        Assert.Equal(HubClient.WeightBytes, hub.Requests.LargeBytes);
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "ioi, sva", Steps), StoreRows.Of(hub.Store));
    }

    /// <summary>Equal files of two steps are fetched once and computed once; the other cell finds the result.</summary>
    [Fact]
    public async Task Run_OfACopiedStep_ComputesItOnce()
    {
        await using var hub = await HubClient.StartAsync([0, 4000]);
        hub.Nano.AddCopy(hub.At(), HubClient.Model, 2000, 4000);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Equal((3L, 2L), (StoreRows.Count(hub.Store, "names"), StoreRows.Count(hub.Store, "cells")));
        Assert.Equal(2, hub.Requests.Of(RequestKind.Large).Count(r => r.Range is null));
        var rows = StoreRows.Of(hub.Store);
        Assert.Equal(rows[1].Replace("@2000/", "@4000/", StringComparison.Ordinal), rows[2]);
    }

    /// <summary>A transfer that breaks goes on where it broke; one whose bytes lie is refused, fails its cells, and leaves nothing.</summary>
    [Fact]
    public async Task Run_OverBrokenTransfers_GoesOnAndRefusesWrongBytes()
    {
        await using var hub = await HubClient.StartAsync(Steps);
        hub.Time = new HastyTime();
        var digest = hub.DigestsOf(256).Single();
        var commit = hub.At().Head("step256").Id;
        (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva")).Succeeded();
        hub.Server.Faults.Add(new() { Fault = Fault.Truncate(100_000), Kind = RequestKind.Large, Revision = hub.At().Head("step4000").Id });
        var lie = hub.Server.Faults.Add(new() { Fault = Fault.WrongBytes(200_000), Kind = RequestKind.Large, Revision = commit, Times = null });
        hub.Requests.Clear();

        var run = await hub.RunAsync("run", HubClient.Address, "--tasks", "sva");
        Assert.Equal((int)ExitCode.WorkFailed, run.ExitCode);
        Assert.Contains($"failed nano-2l/nano-2l@256/sva: hf:{HubClient.Repository}@{commit}: model.safetensors: came with other bytes than the hub lists", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(hub.Cache.Blob(digest)));
        Assert.Empty(Directory.EnumerateFiles(hub.Cache.Blobs, "*.incomplete"));
        Assert.Equal(HubClient.WeightBytes, hub.Requests.BytesOf(HubClient.Repository, HubClient.Weights, hub.At().Head("step4000").Id));

        hub.Server.Faults.Remove(lie);
        (await hub.RunAsync("run", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Equal(await hub.RowsOfFolderAsync(HubClient.Model, "sva", Steps), StoreRows.Of(hub.Store));
    }

    /// <summary>The token opens a gated repository, goes to the hub alone, and into no file and no line.</summary>
    [Fact]
    public async Task Run_WithAToken_KeepsItToItself()
    {
        await using var hub = await HubClient.StartAsync(Steps, new() { Tokens = [Token] });
        hub.At().Gate(Token);
        hub.Variables["HF_TOKEN"] = Token;
        string[][] lines = [["plan"], ["run", "--verbose"], ["status"], ["report"], ["run", "--json"]];
        foreach (var line in lines)
        {
            var run = (await hub.RunAsync([line[0], HubClient.Address, "--tasks", "sva", .. line[1..]])).Succeeded();
            Assert.DoesNotContain(Token, run.Output, StringComparison.Ordinal);
        }

        Assert.Contains(hub.Requests.All, request => request is { HadAuthorization: true, Host: StandInHost.Hub });
        Assert.Contains(hub.Requests.All, request => request.Host == StandInHost.Storage);
        Assert.Empty(hub.Requests.LeakedTokens);
        var secret = Encoding.UTF8.GetBytes(Token);
        var files = Directory.EnumerateFiles(hub.Root, "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(files, file => file.EndsWith("report.html", StringComparison.Ordinal));
        Assert.All(files, file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(secret) < 0, file));

        // nor where everything fails
        hub.At().Gate("hf_another");
        var failed = await hub.RunAsync("run", HubClient.Address, "--tasks", "ioi", "--checkpoints", "4000", "--store", Path.Combine(hub.WorkingFolder, "other.db"), "--verbose");
        Assert.DoesNotContain(Token, failed.Output + failed.Error, StringComparison.Ordinal);
    }

    private static void Remove(HubClient hub, string digest)
    {
        foreach (var link in Directory.EnumerateFiles(hub.Cache.Snapshots, HubClient.Weights, SearchOption.AllDirectories).Where(l => new FileInfo(l).LinkTarget!.EndsWith(digest, StringComparison.Ordinal)))
        {
            File.Delete(link);
        }

        File.Delete(hub.Cache.Blob(digest));
    }
}
