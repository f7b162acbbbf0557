using System.Text.Json;
using CircuitGrid.Client.Hosting;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;

namespace CircuitGrid.Client.Tests.Hub;

/// <summary><c>plan</c> of suites on the hub: everything that is known before a byte of weights is fetched.</summary>
public sealed class PlanTests
{
    [Fact]
    public async Task Plan_OfTwoModels_SaysStepsBytesAndLimitAndFetchesNoWeights()
    {
        await using var hub = await HubClient.StartAsync();
        hub.Nano.Add(hub.Server, "nano-2l", steps: [0, 128, 4000]);
        hub.Nano.Add(hub.Server, "nano-3l", MainBranch.Empty, [0, 4000]);
        var plan = (await hub.RunAsync("plan", "hf:nano-lab/nano-{2l,3l}", "--tasks", "sva,ioi", "--keep", "5MB", "--json")).Succeeded().Json;

        Assert.Equal((10, 10, 0, 0), (Number(plan, "cells"), Number(plan, "run"), Number(plan, "keep"), Number(plan, "skip")));
        Assert.True(plan.GetProperty("forecast_seconds").GetDouble() > 0);
        Assert.Equal(hub.StoreOf("nano"), plan.GetProperty("store").GetString());
        Assert.False(File.Exists(hub.StoreOf("nano")));
        var fetch = plan.GetProperty("fetch");
        Assert.Equal((5L, (3 * HubClient.WeightBytes) + (2 * 962_920), 5_000_000L), (Number(fetch, "checkpoints"), Number(fetch, "bytes"), Number(fetch, "keep_bytes")));
        Assert.Equal(
            ["nano/nano-2l@0/ioi", "nano/nano-2l@0/sva", "nano/nano-2l@128/ioi", "nano/nano-2l@128/sva", "nano/nano-2l@4000/ioi", "nano/nano-2l@4000/sva",
                "nano/nano-3l@0/ioi", "nano/nano-3l@0/sva", "nano/nano-3l@4000/ioi", "nano/nano-3l@4000/sva"],
            plan.GetProperty("plan").EnumerateArray().Select(c => c.GetProperty("cell").GetString()).Order(StringComparer.Ordinal));

        var large = hub.Requests.Of(RequestKind.Large);
        Assert.Equal(5, large.Count);
        Assert.All(large, request => Assert.Equal("bytes=0-100000", request.Range));
        Assert.DoesNotContain(hub.Requests.All, request => request.Path == HubClient.Weights && request.Range is null);
        Assert.All(hub.Requests.Of(RequestKind.Tree).GroupBy(r => r.Revision), requests => Assert.Single(requests));

        var text = (await hub.RunAsync("plan", "hf:nano-lab/nano-{2l,3l}", "--tasks", "sva", "--checkpoints", "0,4000", "--keep", "all")).Succeeded().Output;
        Assert.Contains("4 cells to run, 0 kept in ", text, StringComparison.Ordinal);
        Assert.Contains("2.72 MB to fetch for 4 checkpoints; all fetched weights are kept.", text, StringComparison.Ordinal);
        Assert.Equal(5, hub.Requests.Of(RequestKind.Large).Count);
    }

    [Fact]
    public async Task Plan_OfAGridWithAGap_SaysSo()
    {
        await using var hub = await HubClient.StartAsync([0, 128, 256, 384, 640, 768]);
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        Assert.Contains("nano-2l@384 is followed by step 640: 1 of every 128th is missing between them", plan.GetProperty("notes").EnumerateArray().Select(note => note.GetString()));
    }

    /// <summary>A copied step is left out before anything is fetched, and its bytes aren't counted twice.</summary>
    [Fact]
    public async Task Plan_OfACopiedStep_LeavesItOut()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 4000]);
        hub.Nano.AddCopy(hub.At(), HubClient.Model, 128, 64);
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        var left = Assert.Single(plan.GetProperty("left_out").EnumerateArray());
        Assert.Equal("step 128: has the weights of step 64: its files are the same; it is analysed, and left out of comparisons", $"{left.GetProperty("name").GetString()}: {left.GetProperty("reason").GetString()}");
        Assert.Equal((4L, 3 * HubClient.WeightBytes), (Number(plan.GetProperty("fetch"), "checkpoints"), Number(plan.GetProperty("fetch"), "bytes")));

        var audit = await hub.RunAsync("audit", HubClient.Address);
        Assert.Equal((int)ExitCode.WorkFailed, audit.ExitCode);
        Assert.Contains("nano-2l@128  has the weights of step 64: its files are the same  left out", audit.Output, StringComparison.Ordinal);
        Assert.Equal(0, Whole(hub));
    }

    /// <summary>A step whose files are those of <c>main</c>, as a conversion left them: the last step alone may be so.</summary>
    [Fact]
    public async Task Plan_OfAStepThatIsMain_LeavesItOut()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 4000]);
        hub.Nano.AddCopy(hub.At(), HubClient.Model, 128, 4000);
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        var left = Assert.Single(plan.GetProperty("left_out").EnumerateArray());
        Assert.StartsWith("step 128: has the weights of main: its files are the same", $"{left.GetProperty("name").GetString()}: {left.GetProperty("reason").GetString()}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OfStaleFilesBesideShards_NamesThem()
    {
        await using var hub = await HubClient.StartAsync([0, 64, 128, 4000]);
        hub.Nano.AddStaleSingleFile(hub.At(), HubClient.Model, 256, staleStep: 64);
        hub.Nano.AddStaleSingleFile(hub.At(), HubClient.Model, 512, staleStep: 4000);
        var run = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva")).Succeeded();
        Assert.Contains("nano-2l@256 has model.safetensors of step 64 beside the weights that are read\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("nano-2l@256: model.safetensors.index.json is read, and not compared with model.safetensors\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("nano-2l@512: model.safetensors.index.json is read, and not compared with model.safetensors; model.safetensors is that of main\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Left out", run.Output, StringComparison.Ordinal);
        Assert.Contains("nano-2l@256  has model.safetensors of step 64 beside the weights that are read", (await hub.RunAsync("audit", HubClient.Address)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OfAStaleShard_LeavesTheStepOut()
    {
        await using var hub = await HubClient.StartAsync();
        hub.Nano.Add(hub.Server, HubClient.Model, MainBranch.Stub, [0, 64]);
        hub.At().Commit("step512", hub.Nano.Sharded(HubClient.Model, 512));
        hub.Nano.AddStaleShard(hub.At(), HubClient.Model, 640, staleStep: 512);
        var plan = (await hub.RunAsync("plan", HubClient.Address, "--tasks", "sva", "--json")).Succeeded().Json;
        var left = Assert.Single(plan.GetProperty("left_out").EnumerateArray());
        Assert.Equal("step 640", left.GetProperty("name").GetString());
        Assert.StartsWith("has a part of step 512: all of model-00002-of-00002.safetensors; which of the two has the other's can't be told", left.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Revisions that can't be read for one reason are one line of the plan, however many there are.</summary>
    [Fact]
    public async Task Plan_OfFamiliesThatCantBeRead_SaysSoOnce()
    {
        const string Reason = "config.json: model_type is bloom; these can be read: gpt_neox, gpt2, llama, olmo, olmo2, olmo3, smollm3, qwen2, qwen3, mistral, gemma2, apertus";
        await using var hub = await HubClient.StartAsync();
        var repository = hub.Server.Repositories.Add("lab/foreign");
        var weights = hub.Nano.Checkpoint(HubClient.Model, 0).Files[HubClient.Weights];
        for (var step = 1; step <= 3; step++)
        {
            repository.Commit($"step{step}", StandInTree.Empty.With("config.json", "{\"model_type\": \"bloom\"}").With(HubClient.Weights, weights));
            repository.Commit($"step{10 + step}", StandInTree.Empty.With("config.json", "{\"model_type\": \"gpt_neox\"}").With("tf_model.h5", new byte[100]));
        }

        var run = await hub.RunAsync("plan", "hf:lab/foreign", "--tasks", "sva");
        Assert.Equal((int)ExitCode.InvalidInput, run.ExitCode);
        var lines = run.Output.Split('\n').Where(line => line.StartsWith("foreign ", StringComparison.Ordinal)).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal("foreign 3 sva 3 skip " + Reason, lines[0]);
        Assert.StartsWith("foreign 3 sva 3 skip has no weights that can be read. It holds weights of TensorFlow", lines[1], StringComparison.Ordinal);
        Assert.Equal("error: hf:lab/foreign: has no cell that can be run: " + Reason, Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task Plan_OfSubfolders_ReadsThemWithTheirOwnLexicon()
    {
        await using var hub = await HubClient.StartAsync();
        hub.Nano.AddSubfolders(hub.Server, "lab/parts", HubClient.Model, [0, 4000]);
        var run = (await hub.RunAsync("run", "hf:lab/parts", "--tasks", "sva")).Succeeded();
        Assert.Contains("2 cells computed", run.Output, StringComparison.Ordinal);
        var expected = await hub.RowsOfFolderAsync(HubClient.Model, "sva", 0, 4000);
        Assert.Equal(expected.Select(row => row.Replace(HubClient.Model, "parts", StringComparison.Ordinal)), StoreRows.Of(hub.StoreOf("parts")));
    }

    private static int Whole(HubClient hub) => hub.Requests.Of(RequestKind.Large).Count(request => request.Range is null);

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
