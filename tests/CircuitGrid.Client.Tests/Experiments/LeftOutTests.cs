using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>What of a suite isn't analysed is said by plan and run, and kept in the report.</summary>
public sealed class LeftOutTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task PlanAndRun_ListCheckpointsLeftOut_WithTheirReasons()
    {
        var experiment = NamedSuite.Write(folder, "m/step1", "m/step2", "m/step02");
        Directory.CreateDirectory(Path.Combine(folder["suite"], "m", "logs"));
        string[] expected = ["Left out, 1 checkpoint:", "m: step02: is step 2 again, which step2 is", "Left out too, 1 entry of the suite's folder without the looks of a checkpoint."];

        Assert.Equal(expected, Lines(await ClientRun.OfAsync("plan", experiment))[^3..]);
        var plan = (await ClientRun.OfAsync("plan", experiment, "--json")).Succeeded().Json;
        Assert.Equal("""[{"model":"m","name":"step02","reason":"is step 2 again, which step2 is"}]""", plan.GetProperty("left_out").GetRawText());
        Assert.Equal(1, plan.GetProperty("others_left_out").GetInt32());
        var run = Lines(await ClientRun.OfAsync("run", experiment));
        Assert.Equal(expected, run[Array.IndexOf(run, expected[0])..][..3]);
        var again = (await ClientRun.OfAsync("run", experiment, "--json")).Succeeded().Json;
        Assert.Equal(("step02", 1), (again.GetProperty("left_out")[0].GetProperty("name").GetString(), again.GetProperty("others_left_out").GetInt32()));

        (await ClientRun.OfAsync("report", experiment)).Succeeded();
        var page = await File.ReadAllTextAsync(folder["named.report.html"], TestContext.Current.CancellationToken);
        Assert.Contains("""
            "leftOut":[{"model":"m","name":"step02","reason":"is step 2 again, which step2 is"}],"othersLeftOut":1
            """, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_OfManyLeftOut_ListsTenAndCountsTheRest()
    {
        var experiment = NamedSuite.Write(folder, ["m/step1", .. Enumerable.Range(2, 12).Select(zeros => $"m/step{new string('0', zeros)}1")]);

        var lines = Lines(await ClientRun.OfAsync("plan", experiment));

        Assert.Equal("Left out, 12 checkpoints:", lines[^12]);
        Assert.All(lines[^11..^1], line => Assert.EndsWith(": is step 1 again, which step1 is", line, StringComparison.Ordinal));
        Assert.Equal("and 2 more; 'circuitgrid audit SUITE' lists all", lines[^1]);
    }

    [Fact]
    public async Task Plan_OfACleanSuite_SaysNothingOfIt() =>
        Assert.DoesNotContain("Left out", (await ClientRun.OfAsync("plan", NamedSuite.Write(folder, "m/step1", "m/step2"))).Succeeded().Output, StringComparison.Ordinal);

    private static string[] Lines(ClientRun run) => run.Succeeded().Output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
}
