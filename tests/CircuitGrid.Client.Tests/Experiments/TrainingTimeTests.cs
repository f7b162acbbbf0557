using System.Text.Json;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Output;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>What commands say of tokens that are rounded, assumed or unknown, and of stages.</summary>
public sealed class TrainingTimeTests : IDisposable
{
    private const string Assumed = "Tokens are assumed: 2,097,152 a step; write tokensPerStep into suite.json.";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(8_192_000, 4000, TokensKnown.Counted, "after 8,192,000 tokens")]
    [InlineData(8_192_000, 4000, TokensKnown.Assumed, "after 8,192,000 tokens (assumed: 2,097,152 a step; write tokensPerStep into suite.json)")]
    [InlineData(3_000_000_000, 1000, TokensKnown.Rounded, "after about 3 G tokens (rounded, as its name or its publisher has them)")]
    [InlineData(500, 500, TokensKnown.Unknown, "after step 500")]
    [InlineData(1500, 500, TokensKnown.Unknown, "after step 1,500, earlier stages included")]
    public void After_ACell_SaysHowItsTokensAreKnown(long tokens, int step, TokensKnown known, string expected) => Assert.Equal(
        expected,
        TrainingTimeText.After(new() { Id = new CellId("s", "m", step, "t"), Tokens = tokens, TokensKnown = known, Action = CellAction.Keep, Reason = PlanReason.UpToDate, Why = "" }));

    [Fact]
    public void Onset_OfUnknownTokens_IsInSteps()
    {
        var onset = TrainingOnset.Of(
            [new(100, 100), new(1500, 1500), new(1600, 1600), new(1700, 1700), new(1800, 1800)],
            [Presence.Without, Presence.With, Presence.With, Presence.With, Presence.Without],
            hasIntervals: true,
            Rise.Of([100, 1500, 1600, 1700, 1800], [0, 1, 1, 1, 0], 0, (_, _) => 0, new()));
        Assert.Equal("after step 100, by step 1,500; lost at step 1,800", OnsetText.Of(onset, TokensKnown.Unknown));
        Assert.Equal("after 100, by 1.5 k; lost at 1.8 k", OnsetText.Of(onset, TokensKnown.Rounded));
        var json = JsonDocument.Parse(MachineJson.Serialize(OnsetText.Describe(onset, TokensKnown.Unknown))).RootElement;
        Assert.Equal("""{"step":1500,"tokens":null}""", json.GetProperty("by").GetRawText());
        Assert.Equal(("null", "1500", "\"unknown\""), (json.GetProperty("third_of_maximum").GetRawText(), json.GetProperty("third_of_maximum_step").GetRawText(), json.GetProperty("tokens_known").GetRawText()));
        json = JsonDocument.Parse(MachineJson.Serialize(OnsetText.Describe(onset, TokensKnown.Assumed))).RootElement;
        Assert.Equal("""{"step":1500,"tokens":1500}""", json.GetProperty("by").GetRawText());
        Assert.Equal(("1500", "null"), (json.GetProperty("third_of_maximum").GetRawText(), json.GetProperty("third_of_maximum_step").GetRawText()));
    }

    /// <summary>Plain steps without suite.json: Pythia's tokens a step, said to be assumed wherever tokens are shown.</summary>
    [Fact]
    public async Task PlainSteps_AreAssumedToHavePythiasTokens_AndThatIsSaid()
    {
        var experiment = NamedSuite.Write(folder, "m/step1", "m/step2");
        Assert.Contains(Assumed, Lines(await ClientRun.OfAsync("plan", experiment)));
        (await ClientRun.OfAsync("run", experiment)).Succeeded();

        var why = (await ClientRun.OfAsync("why", "suite/m@2/first", "--store", experiment)).Succeeded().Output;
        Assert.StartsWith("suite/m@2/first after 4,194,304 tokens (assumed: 2,097,152 a step; write tokensPerStep into suite.json): a circuit keeps the threshold.\n", why, StringComparison.Ordinal);
        var json = (await ClientRun.OfAsync("why", "suite/m@2/first", "--store", experiment, "--json")).Succeeded().Json;
        Assert.Equal((4_194_304, "assumed"), (json.GetProperty("tokens").GetInt64(), json.GetProperty("tokens_known").GetString()));
        var cells = await ExportAsync(experiment, "cells.csv");
        Assert.Equal([("2097152", "assumed", "", ""), ("4194304", "assumed", "", "")], cells.Select(c => (c["tokens"], c["tokens_known"], c["stage"], c["seed"])));

        // what is assumed is said once it isn't any more
        File.WriteAllText(Path.Combine(folder["suite"], "suite.json"), """{"name": "suite", "tokensPerStep": 1000, "models": [{"name": "m"}]}""");
        Assert.DoesNotContain("assumed", (await ClientRun.OfAsync("plan", experiment)).Succeeded().Output, StringComparison.Ordinal);
        Assert.StartsWith("suite/m@2/first after 2,000 tokens: ", (await ClientRun.OfAsync("why", "suite/m@2/first", "--store", experiment)).Succeeded().Output, StringComparison.Ordinal);
    }

    /// <summary>A Trainer's folder: nobody knows its tokens, and steps are shown.</summary>
    [Fact]
    public async Task TrainersCheckpoints_AreShownByTheirSteps()
    {
        var experiment = NamedSuite.Write(folder, "m/checkpoint-500", "m/checkpoint-1000", "m/checkpoint-1500");
        Assert.Contains("How many tokens training has seen isn't known: its time is counted in steps.", Lines(await ClientRun.OfAsync("plan", experiment)));
        var plan = (await ClientRun.OfAsync("plan", experiment, "--json")).Succeeded().Json;
        Assert.Equal("unknown", plan.GetProperty("tokens_known").GetString());
        Assert.All(plan.GetProperty("plan").EnumerateArray(), c => Assert.Equal(("null", "unknown"), (c.GetProperty("tokens").GetRawText(), c.GetProperty("tokens_known").GetString())));
        (await ClientRun.OfAsync("run", experiment)).Succeeded();

        Assert.StartsWith("suite/m@1000/first after step 1,000: ", (await ClientRun.OfAsync("why", "suite/m@1000/first", "--store", experiment)).Succeeded().Output, StringComparison.Ordinal);
        var curve = (await ClientRun.OfAsync("curve", "suite/m@1000/first", "--store", experiment, "--json")).Succeeded().Json;
        Assert.Equal(("null", "unknown"), (curve.GetProperty("tokens").GetRawText(), curve.GetProperty("tokens_known").GetString()));
        Assert.Equal([("500", "", "unknown"), ("1000", "", "unknown"), ("1500", "", "unknown")], (await ExportAsync(experiment, "cells.csv")).Select(c => (c["step"], c["tokens"], c["tokens_known"])));
        var onset = Assert.Single(await ExportAsync(experiment, "onsets.csv"));
        Assert.Equal(("500", "", "", "500", "unknown"), (onset["by_step"], onset["by_tokens"], onset["third_of_maximum_tokens"], onset["third_of_maximum_step"], onset["tokens_known"]));
        Assert.All(await ExportAsync(experiment, "pairs.csv"), p => Assert.Equal(("", "", "unknown"), (p["from_tokens"], p["to_tokens"], p["tokens_known"])));

        var report = (await ClientRun.OfAsync("report", experiment)).Succeeded();
        var page = await File.ReadAllTextAsync(folder["named.report.html"], TestContext.Current.CancellationToken);
        Assert.Contains("\"tokensKnown\":\"unknown\"", page, StringComparison.Ordinal);
    }

    /// <summary>Stages and branches of one training: names have their tokens rounded, and the clock runs on from stage to stage.</summary>
    [Fact]
    public async Task StagesAndBranches_RunOn_AndAreNamedInTables()
    {
        var experiment = NamedSuite.Write(
            folder,
            "m/stage1-step1000-tokens3B",
            "m/stage1-step2000-tokens5B",
            "m/stage2-ingredient1-step500-tokens2B",
            "m/stage2-ingredient2-step500-tokens2B");
        Assert.Contains("Tokens are rounded, as names or publishers have them.", Lines(await ClientRun.OfAsync("plan", experiment)));
        (await ClientRun.OfAsync("run", experiment)).Succeeded();

        Assert.StartsWith(
            "suite/m.stage2.ingredient1@500/first after about 7 G tokens (rounded, as its name or its publisher has them): ",
            (await ClientRun.OfAsync("why", "suite/m.stage2.ingredient1@500/first", "--store", experiment)).Succeeded().Output,
            StringComparison.Ordinal);
        Assert.Equal(
            [
                ("m.stage1", "1000", "3000000000", "rounded", "stage1", "", ""),
                ("m.stage1", "2000", "5000000000", "rounded", "stage1", "", ""),
                ("m.stage2.ingredient1", "500", "7000000000", "rounded", "stage2", "ingredient1", ""),
                ("m.stage2.ingredient2", "500", "7000000000", "rounded", "stage2", "ingredient2", ""),
            ],
            (await ExportAsync(experiment, "cells.csv")).Select(c => (c["model"], c["step"], c["tokens"], c["tokens_known"], c["stage"], c["branch"], c["seed"])));
    }

    /// <summary>Columns that were there stay where they were: new ones come after them.</summary>
    [Fact]
    public async Task Export_OfARunWithTokens_HasNewColumnsAtTheEnds()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        (await ClientRun.OfAsync("export", "--store", experiment, "--out", folder["tables"])).Succeeded();

        foreach (var (table, end) in new[]
        {
            ("cells.csv", ",stability,ceiling,tokens_known,stage,branch,seed"),
            ("pairs.csv", ",kept,gained,lost,tokens_known,to_model"),
            ("onsets.csv", ",midpoint_high,fit,third_of_maximum_step,midpoint_step,midpoint_step_low,midpoint_step_high,tokens_known"),
            ("heads.csv", ",s_inhibition,direct_effect,tokens_known"),
            ("roles.csv", ",leaving,ever_seen,tokens_known"),
            ("role_onsets.csv", ",circuit_fit,mean_depth,third_of_maximum_step,midpoint_step,midpoint_step_low,midpoint_step_high,circuit_third_of_maximum_step,circuit_midpoint_step,circuit_midpoint_step_low,circuit_midpoint_step_high,tokens_known"),
            ("algorithm.csv", ",no_shares_because,tokens_known"),
        })
        {
            Assert.EndsWith(end, File.ReadLines(Path.Combine(folder["tables"], table)).First(), StringComparison.Ordinal);
        }

        Assert.All(File.ReadLines(Path.Combine(folder["tables"], "cells.csv")).Skip(1), l => Assert.EndsWith(",counted,,,", l, StringComparison.Ordinal));
        Assert.All(File.ReadLines(Path.Combine(folder["tables"], "onsets.csv")).Skip(1), l => Assert.EndsWith(",,,,,counted", l, StringComparison.Ordinal));
    }

    /// <summary>Heads' tables and onsets, which have times of their own.</summary>
    [Fact]
    public async Task Roles_OfTrainersCheckpoints_AreShownByTheirSteps()
    {
        var experiment = NamedSuite.Write(folder, "m/checkpoint-500", "m/checkpoint-1000");
        SmallSuite.WriteTokenizer(folder["suite"]);
        File.AppendAllText(experiment, "\nheads: true\n");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();

        var text = (await ClientRun.OfAsync("roles", "--store", experiment)).Succeeded().Output;
        Assert.Contains("When each role appears, in steps: in the first head", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Contains("at or before step 500; shown by 2 of 3", text, StringComparison.Ordinal);
        var json = (await ClientRun.OfAsync("roles", "--store", experiment, "--json")).Succeeded().Json;
        Assert.All(json.GetProperty("heads").EnumerateArray(), h => Assert.Equal(("null", "unknown"), (h.GetProperty("tokens").GetRawText(), h.GetProperty("tokens_known").GetString())));
        Assert.All(await ExportAsync(experiment, "roles.csv"), l => Assert.Equal(("", "unknown"), (l["tokens"], l["tokens_known"])));
        Assert.All(await ExportAsync(experiment, "heads.csv"), l => Assert.Equal(("", "unknown"), (l["tokens"], l["tokens_known"])));
        var onsets = (await ExportAsync(experiment, "role_onsets.csv")).Where(l => l["by_step"].Length > 0).ToArray();
        Assert.NotEmpty(onsets);
        Assert.All(onsets, l => Assert.Equal(("500", "", "", "500"), (l["by_step"], l["by_tokens"], l["third_of_maximum_tokens"], l["third_of_maximum_step"])));
    }

    private static string[] Lines(ClientRun run) => run.Succeeded().Output.ReplaceLineEndings("\n").Split('\n');

    private async Task<List<Dictionary<string, string>>> ExportAsync(string experiment, string table)
    {
        (await ClientRun.OfAsync("export", "--store", experiment, "--out", folder["tables"])).Succeeded();
        var lines = File.ReadAllLines(Path.Combine(folder["tables"], table));
        var headings = lines[0].Split(',');
        return [.. lines.Skip(1).Select(l => headings.Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal))];
    }
}
