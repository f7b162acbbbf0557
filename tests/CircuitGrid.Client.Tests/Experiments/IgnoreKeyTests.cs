using System.Text.Json.Nodes;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Client.Tests.Remote;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>A suite whose configurations have a key that nobody knows, and the three ways of saying that it is to be ignored.</summary>
public sealed class IgnoreKeyTests : IDisposable
{
    private const string Key = "resid_scale";
    private const string Refusal = "config.json: has a key 'resid_scale', which isn't known; it is 2. If it doesn't change what is computed, ignore it: --ignore-key resid_scale, or 'ignore: [resid_scale]' in the experiment or in suite.json";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("plan")]
    [InlineData("run")]
    public async Task UnknownKey_PlanAndRun_FailWithTheWayOut(string command)
    {
        var experiment = WriteSuite();

        var run = await ClientRun.OfAsync(command, experiment);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(Refusal, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownKey_IgnoredInAnyWay_GivesTheSameResults()
    {
        // computed without the key, found again with it
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        AddKey(checkpoints: 2);

        var byOption = (await ClientRun.OfAsync("plan", experiment, "--json", "--ignore-key", "other", "--ignore-key", Key)).Succeeded().Json;
        Assert.Equal((4, 0), (byOption.GetProperty("keep").GetInt32(), byOption.GetProperty("run").GetInt32()));
        Assert.Contains($"tiny: config.json: {Key} is ignored, as asked", byOption.GetProperty("notes").EnumerateArray().Select(n => n.GetString()));

        var text = File.ReadAllText(experiment);
        File.WriteAllText(experiment, $"{text}\nignore: [{Key}]\n");
        Assert.StartsWith("Nothing to run: all 4 results were there.", (await ClientRun.OfAsync("run", experiment)).Succeeded().Output, StringComparison.Ordinal);

        File.WriteAllText(experiment, text);
        IgnoreInSuite();
        Assert.StartsWith("Nothing to run: all 4 results were there.", (await ClientRun.OfAsync("run", experiment)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IgnoredKey_Why_ShowsIt()
    {
        var experiment = WriteSuite();
        (await ClientRun.OfAsync("run", experiment, "--ignore-key", Key)).Succeeded();
        string[] why = ["why", "small/tiny@0/first", "--store", experiment, "--edges", "1"];

        var shown = (await ClientRun.OfAsync([.. why, "--ignore-key", Key])).Succeeded();
        Assert.Contains($"Ignored in the checkpoint's files, as asked: config.json: {Key}.", shown.Output, StringComparison.Ordinal);
        var json = (await ClientRun.OfAsync([.. why, "--ignore-key", Key, "--json"])).Succeeded().Json;
        Assert.Equal([$"config.json: {Key}"], json.GetProperty("ignored").EnumerateArray().Select(k => k.GetString()));

        var refused = await ClientRun.OfAsync(why);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(Refusal, Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IgnoreKey_EveryCommandOnAnExperiment_TakesIt()
    {
        var experiment = WriteSuite();
        (await ClientRun.OfAsync("run", experiment, "--ignore-key", Key)).Succeeded();
        foreach (var command in new string[][]
        {
            ["status", experiment],
            ["report", experiment],
            ["curve", "small/tiny@0/first", "--store", experiment, "--areas"],
            ["diff", "small/tiny@0/first", "small/tiny@1/first", "--store", experiment],
            ["export", "--store", experiment, "--out", folder["tables"]],
        })
        {
            (await ClientRun.OfAsync([.. command, "--ignore-key", Key])).Succeeded();
        }

        Assert.Equal(5, File.ReadAllLines(Path.Combine(folder["tables"], "cells.csv")).Length);
        var roles = await ClientRun.OfAsync("roles", "--store", experiment, "--ignore-key", Key);
        Assert.Contains("has no head scores", Assert.Single(roles.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IgnoreKey_CommandsOnOneCheckpoint_TakeItOrTheSuites(bool bySuite)
    {
        WriteSuite();
        string[] ignore = bySuite ? [] : ["--ignore-key", Key];
        if (bySuite)
        {
            IgnoreInSuite();
        }

        string[] on = ["--model", Path.Combine(folder[SmallSuite.Model], "step0"), "--pairs", folder["first.jsonl"], "--metric", "logit-diff", .. ignore];
        var attribute = (await ClientRun.OfAsync(["attribute", .. on, "--out", folder["g.json"], "--method", "eap"])).Succeeded();
        Assert.Contains($"config.json: {Key} is ignored, as asked", attribute.Output, StringComparison.Ordinal);
        (await ClientRun.OfAsync("circuit", "--graph", folder["g.json"], "--edges", "20", "--out", folder["c.json"])).Succeeded();
        (await ClientRun.OfAsync(["evaluate", .. on, "--graph", folder["c.json"]])).Succeeded();
    }

    [Fact]
    public async Task UnknownKey_CommandsOnOneCheckpoint_FailWithTheWayOut()
    {
        WriteSuite();

        var run = await ClientRun.OfAsync(
            "attribute", "--model", Path.Combine(folder[SmallSuite.Model], "step0"), "--pairs", folder["first.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(Refusal, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["g.json"]));
    }

    [Fact]
    public async Task IgnoreKey_OnAServer_IsRefused_AndTheExperimentsIsTaken()
    {
        var experiment = WriteSuite();
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        foreach (var command in (string[])["run", "watch", "status", "report"])
        {
            var run = await ClientRun.OfAsync(command, experiment, "--server", server.Address, "--ignore-key", Key);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains($"--ignore-key {Key}: is for work of this process; for {server.Address}, write 'ignore: [{Key}]' in the experiment or in suite.json", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }

        File.AppendAllText(experiment, $"\nignore: {Key}\n");
        Assert.Contains("4 cells computed", (await ClientRun.OfAsync("run", experiment, "--server", server.Address)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task IgnoreKey_EmptyText_IsAMistake()
    {
        var run = await ClientRun.OfAsync("plan", folder["x.yaml"], "--ignore-key", "");

        Assert.Equal("error: --ignore-key: an empty text is no key. See 'circuitgrid plan --help'.", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task SuiteFile_KeyThatIsWrittenOtherwise_NamesTheRightOne()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        File.WriteAllText(folder["suite.json"], """{"name": "small", "tokens_per_step": 1000, "models": [{"name": "tiny"}]}""");

        var run = await ClientRun.OfAsync("plan", experiment);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{folder["suite.json"]}: has no key 'tokens_per_step'; did you mean 'tokensPerStep'?", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private string WriteSuite()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        AddKey(checkpoints: 2);
        return experiment;
    }

    private void AddKey(int checkpoints)
    {
        for (var step = 0; step < checkpoints; step++)
        {
            var path = Path.Combine(folder[SmallSuite.Model], $"step{step}", "config.json");
            var json = JsonNode.Parse(File.ReadAllText(path))!;
            json[Key] = 2;
            File.WriteAllText(path, json.ToJsonString());
        }
    }

    private void IgnoreInSuite()
    {
        var suite = JsonNode.Parse(File.ReadAllText(folder["suite.json"]))!;
        suite["ignore"] = new JsonArray(Key);
        File.WriteAllText(folder["suite.json"], suite.ToJsonString());
    }
}
