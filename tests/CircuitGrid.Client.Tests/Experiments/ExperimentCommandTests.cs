using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>plan, run, status and report on an experiment, one after the other.</summary>
public sealed class ExperimentCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Run_ThenAgain_ComputesOnceAndSaysWhatIsThere()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 3, "eap-ig");
        var plan = (await ClientRun.OfAsync("plan", experiment, "--json")).Succeeded().Json;
        Assert.Equal((6, 0), (plan.GetProperty("run").GetInt32(), plan.GetProperty("keep").GetInt32()));
        Assert.All(plan.GetProperty("plan").EnumerateArray(), c => Assert.Equal("new", c.GetProperty("why").GetString()));
        Assert.Equal("small/tiny@0/first", plan.GetProperty("plan")[0].GetProperty("cell").GetString());

        var first = (await ClientRun.OfAsync("run", experiment)).Succeeded();
        Assert.Contains("tiny@2: ", first.Output, StringComparison.Ordinal);
        Assert.Contains("6 cells computed", first.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder["small.results.db"]));

        var again = (await ClientRun.OfAsync("run", experiment)).Succeeded();
        Assert.StartsWith("Nothing to run: all 6 results were there.", again.Output, StringComparison.Ordinal);

        var status = (await ClientRun.OfAsync("status", experiment, "--json")).Succeeded().Json;
        Assert.Equal((6, 6, 0), (status.GetProperty("cells").GetInt32(), status.GetProperty("done").GetInt32(), status.GetProperty("missing").GetInt32()));

        var report = (await ClientRun.OfAsync("report", experiment)).Succeeded();
        Assert.Equal($"6 cells in {folder["small.report.html"]}", report.Output.Trim());
        Assert.Contains("circuitgrid-data", await File.ReadAllTextAsync(folder["small.report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_AfterAChangeOfTheAnalysis_SaysWhatChanged()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap-ig");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        await File.WriteAllTextAsync(experiment, (await File.ReadAllTextAsync(experiment)).Replace("method: eap-ig", "method: eap", StringComparison.Ordinal));
        var plan = (await ClientRun.OfAsync("plan", experiment)).Succeeded();
        Assert.Contains("analysis changed: method eap-ig → eap", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CheckpointThatCantBeRead_FailsOnlyThatOne()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        var broken = Path.Combine(folder[SmallSuite.Model], "step1", "model.safetensors");
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..^100]);
        var run = await ClientRun.OfAsync("run", experiment, "--json");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal((2, 2), (run.Json.GetProperty("finished").GetInt32(), run.Json.GetProperty("failed").GetInt32()));
        Assert.Equal("small/tiny@1/first", run.Json.GetProperty("failures")[0].GetProperty("cell").GetString());
        Assert.Contains("model.safetensors", run.Json.GetProperty("failures")[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    /// <summary>As long a name as a folder can have: whatever runs under it can be asked for by it.</summary>
    [Theory]
    [InlineData(250)]
    [InlineData(255)]
    public async Task Why_ModelOfALongName_FindsWhatRanUnderIt(int length)
    {
        SmallSuite.Write(folder, checkpoints: 1, "eap");
        var name = new string('m', length);
        Directory.Move(folder[SmallSuite.Model], folder[name]);
        File.Delete(folder["suite.json"]);
        await File.WriteAllTextAsync(folder["experiment.yaml"], $"suite: .\nmodels: [{name}]\ntasks: [{{name: {name}, pairs: first.jsonl, metric: logit-diff}}]\nanalysis: {{method: eap}}");
        (await ClientRun.OfAsync("run", folder.Path)).Succeeded();
        var cell = $"{Path.GetFileName(folder.Path)}/{name}@0/{name}";
        Assert.Equal(cell, (await ClientRun.OfAsync("why", cell, "--store", folder.Path, "--json")).Succeeded().Json.GetProperty("cell").GetString());
        (await ClientRun.OfAsync("curve", cell, "--store", folder.Path)).Succeeded();
    }

    [Fact]
    public async Task Report_OfNothing_SaysHowToGetSomething()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        var run = await ClientRun.OfAsync("report", experiment);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'circuitgrid run ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["small.report.html"]));
    }
}
