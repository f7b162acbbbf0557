using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>--pattern: checkpoints whose names no usual pattern fits.</summary>
public sealed class PatternTests : IDisposable
{
    private const string Pattern = """save\.(?<step>\d+)(\.(?<seed>[a-z]))?""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Pattern_ReadsNames_ForEveryCommandThatIsGivenIt()
    {
        var experiment = NamedSuite.Write(folder, "m/save.1", "m/save.2", "m/save.2.b");
        Assert.Equal(2, (await ClientRun.OfAsync("plan", experiment)).ExitCode);

        var plan = (await ClientRun.OfAsync("plan", experiment, "--pattern", Pattern, "--json")).Succeeded().Json;
        Assert.Equal(
            ["suite/m@1/first", "suite/m@2/first", "suite/m.seed-b@2/first"],
            plan.GetProperty("plan").EnumerateArray().Select(c => c.GetProperty("cell").GetString()));
        var run = (await ClientRun.OfAsync("run", experiment, "--pattern", Pattern)).Succeeded();
        Assert.Contains($"report {experiment} --pattern '{Pattern}' makes a page of them.", run.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        (await ClientRun.OfAsync("report", experiment, "--pattern", Pattern)).Succeeded();
        Assert.StartsWith("suite/m.seed-b@2/first after step 2: ", (await ClientRun.OfAsync("why", "suite/m.seed-b@2/first", "--store", experiment, "--pattern", Pattern)).Succeeded().Output, StringComparison.Ordinal);

        // as the experiment says it
        File.AppendAllText(experiment, $"\npattern: '{Pattern}'\n");
        Assert.StartsWith("Nothing to run: all 3 results were there.", (await ClientRun.OfAsync("run", experiment)).Succeeded().Output, StringComparison.Ordinal);

        // what the command line says comes first
        var other = (await ClientRun.OfAsync("plan", experiment, "--pattern", """save\.(?<step>\d+)""", "--json")).Succeeded().Json;
        Assert.Equal(2, other.GetProperty("cells").GetInt32());
        Assert.Equal("save.2.b", Assert.Single(other.GetProperty("left_out").EnumerateArray()).GetProperty("name").GetString());
    }

    /// <summary>The folder of results of a folder of checkpoints keeps the pattern: later commands need it no more.</summary>
    [Fact]
    public async Task Pattern_OfAFolderOfCheckpoints_IsKeptInItsExperiment()
    {
        NamedSuite.Write(folder, "m/save.1");
        SmallSuite.WriteTokenizer(folder["suite"]);
        Directory.CreateDirectory(folder["work"]);
        await ClientRun.OfAsync(["run", folder["suite"], "--pattern", Pattern], width: 160, change: InWork);

        var kept = await File.ReadAllTextAsync(System.IO.Path.Combine(folder["work"], "suite.circuitgrid", "experiment.yaml"), TestContext.Current.CancellationToken);
        Assert.EndsWith("""
            pattern: "save\\.(?<step>\\d+)(\\.(?<seed>[a-z]))?"

            """.ReplaceLineEndings("\n"), kept, StringComparison.Ordinal);
        var status = await ClientRun.OfAsync(["status", folder["suite"], "--json"], width: 160, change: InWork);
        Assert.Equal(("m", 1), (status.Json.GetProperty("checkpoints")[0].GetProperty("model").GetString(), status.Json.GetProperty("checkpoints")[0].GetProperty("step").GetInt32()));

        Client.Hosting.ClientEnvironment InWork(Client.Hosting.ClientEnvironment environment) => environment with { WorkingFolder = folder["work"] };
    }

    [Theory]
    [InlineData("(?<steps>[0-9]+)", "--pattern: a pattern has no group 'steps'; did you mean 'step'?")]
    [InlineData("x[0-9]+", "--pattern: 'x[0-9]+' has none of the groups (?<step>…), (?<epoch>…) and (?<tokens>…); one is needed")]
    public async Task Pattern_ThatIsNone_IsRefused(string pattern, string message)
    {
        var run = await ClientRun.OfAsync("plan", NamedSuite.Write(folder, "m/step1"), "--pattern", pattern);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(message, run.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }
}
