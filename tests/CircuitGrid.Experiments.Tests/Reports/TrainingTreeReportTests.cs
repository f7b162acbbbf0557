using System.Text.Json;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Reports;

/// <summary>What reports and summaries say of tokens, stages and what was left out.</summary>
public sealed class TrainingTreeReportTests : IDisposable
{
    private readonly FakeSuite suite = new();
    private readonly SqliteCellStore store;

    public TrainingTreeReportTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Build_StagesAndBranches_NameTheirParents_AndTheClockRunsOn()
    {
        Write("stage1-step100-tokens1B", "stage1-step200-tokens2B", "stage2-ingredient1-step50-tokens1B", "stage2-ingredient2-step50-tokens1B");

        var report = await BuildAsync();

        Assert.Equal(
            [
                ("m.stage1", "stage1", null, null, null),
                ("m.stage2.ingredient1", "stage2", "ingredient1", null, "m.stage1"),
                ("m.stage2.ingredient2", "stage2", "ingredient2", null, "m.stage1"),
            ],
            report.Models.Select(m => (m.Name, m.Stage, m.Branch, m.Seed, m.Parent)));
        Assert.Equal(TokensKnown.Rounded, report.TokensKnown);
        Assert.Null(report.TokensPerStepAssumed);
        Assert.Equal([1_000_000_000, 2_000_000_000], report.Trajectories.Single(t => t.Model == "m.stage1").Tokens);
        Assert.Equal([3_000_000_000], report.Trajectories.Single(t => t.Model == "m.stage2.ingredient2").Tokens);

        using var json = JsonDocument.Parse(ReportJson.Write(report));
        Assert.Equal("rounded", json.RootElement.GetProperty("tokensKnown").GetString());
        var model = json.RootElement.GetProperty("models").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "m.stage2.ingredient1");
        Assert.Equal(("stage2", "ingredient1", "m.stage1", JsonValueKind.Null), (model.GetProperty("stage").GetString(), model.GetProperty("branch").GetString(), model.GetProperty("parent").GetString(), model.GetProperty("seed").ValueKind));
        var summary = Summary(report).Single(c => c.GetProperty("model").GetString() == "m.stage2.ingredient1");
        Assert.Equal(
            (50, 3_000_000_000, "stage2", "ingredient1", JsonValueKind.Null, "rounded"),
            (summary.GetProperty("step").GetInt32(), summary.GetProperty("tokens").GetInt64(), summary.GetProperty("stage").GetString(), summary.GetProperty("branch").GetString(), summary.GetProperty("seed").ValueKind, summary.GetProperty("tokens_known").GetString()));
    }

    [Fact]
    public async Task Build_TrainersCheckpoints_AreByStep_AndSummariesHaveNoTokens()
    {
        Write("checkpoint-100", "checkpoint-200", "checkpoint-300");

        var report = await BuildAsync();

        Assert.Equal((TokensKnown.Unknown, null), (report.TokensKnown, report.TokensPerStepAssumed));
        Assert.Equal([100, 200, 300], Assert.Single(report.Trajectories).Tokens);
        Assert.Equal([100, 200, 300], report.Cells.Select(c => c.Tokens));
        Assert.All(Summary(report), c => Assert.Equal((JsonValueKind.Null, "unknown"), (c.GetProperty("tokens").ValueKind, c.GetProperty("tokens_known").GetString())));
    }

    [Fact]
    public async Task Build_PlainSteps_AreSaidToBeAssumed_AndWhatIsLeftOutIsListed()
    {
        Write("step1", "step2", "step02", "logs");
        await File.WriteAllTextAsync(Path.Combine(suite.Folder, "m", "step02", "config.json"), "{}", TestContext.Current.CancellationToken);

        var report = await BuildAsync();

        Assert.Equal((TokensKnown.Assumed, 2_097_152), (report.TokensKnown, report.TokensPerStepAssumed));
        Assert.Equal([2_097_152, 4_194_304], report.Cells.Select(c => c.Tokens));
        Assert.Equal([new("m", "step02", "is step 2 again, which step2 is")], report.LeftOut);
        Assert.Equal(1, report.OthersLeftOut);
        using var json = JsonDocument.Parse(ReportJson.Write(SummaryDocument.Of(report)));
        Assert.Equal("step02", Assert.Single(json.RootElement.GetProperty("left_out").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(report.LeftOut, JsonSerializer.Deserialize<ReportDocument>(ReportJson.Write(report), ReportJson.Options)!.LeftOut);
    }

    private void Write(params ReadOnlySpan<string> names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            var folder = Path.Combine(suite.Folder, "m", names[i]);
            if (names[i] == "logs")
            {
                Directory.CreateDirectory(folder);
                continue;
            }

            suite.Write("written", i, seed: i);
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            Directory.Move(suite.CheckpointFolder("written", i), folder);
        }

        Directory.Delete(Path.Combine(suite.Folder, "written"));
    }

    private async Task<ReportDocument> BuildAsync()
    {
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        var spec = suite.Experiment("ioi");
        await grid.RunAsync(spec, cancellation: TestContext.Current.CancellationToken);
        return await new ReportBuilder(grid, "x").BuildAsync(spec, TestContext.Current.CancellationToken);
    }

    private static JsonElement[] Summary(ReportDocument report)
    {
        using var document = JsonDocument.Parse(ReportJson.Write(SummaryDocument.Of(report)));
        return [.. document.RootElement.GetProperty("cells").EnumerateArray().Select(c => c.Clone())];
    }
}
