using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>why, diff, curve and export on the results of one small run.</summary>
public sealed class FinishedRunTests(FinishedRunTests.SmallRun run) : IClassFixture<FinishedRunTests.SmallRun>
{
    private const string First = "small/tiny@0/first";
    private const string Second = "small/tiny@2/first";

    [Fact]
    public async Task Why_ACell_SaysWhatItFoundAndHowSureItIs()
    {
        var text = (await ClientRun.OfAsync("why", First, "--store", run.Path, "--edges", "2")).Succeeded().Output.ReplaceLineEndings("\n");
        var json = (await ClientRun.OfAsync("why", First, "--store", run.Path, "--edges", "2", "--json")).Succeeded().Json;
        Assert.StartsWith("small/tiny@0/first after 0 tokens: a circuit keeps the threshold.\n", text, StringComparison.Ordinal);
        Assert.Equal("reached", json.GetProperty("status").GetString());
        var edges = json.GetProperty("edges").GetInt32();
        Assert.Contains($"The circuit has {edges} of 102 edges and ", text, StringComparison.Ordinal);
        var interval = json.GetProperty("smallest_budget_interval");
        Assert.InRange(json.GetProperty("smallest_budget").GetDouble(), interval.GetProperty("low").GetDouble(), interval.GetProperty("high").GetDouble());
        Assert.Equal(2, json.GetProperty("strongest").GetArrayLength());
        Assert.All(json.GetProperty("strongest").EnumerateArray(), e => Assert.Contains(e.GetProperty("edge").GetString()!, text, StringComparison.Ordinal));
        Assert.Contains("noise ceiling", text, StringComparison.Ordinal);
        Assert.Contains(json.GetProperty("search").EnumerateArray(), s => s.GetProperty("budget").GetInt32() == json.GetProperty("budget").GetInt32());
    }

    /// <summary>A single example has no interval: that isn't a model that doesn't do the task.</summary>
    [Fact]
    public async Task Why_ACellOfOneExample_SaysThatItCantTell()
    {
        using var folder = new TemporaryFolder();
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        File.WriteAllLines(folder["first.jsonl"], File.ReadLines(folder["first.jsonl"]).Take(1).ToArray());
        File.WriteAllText(experiment, File.ReadAllText(experiment).Replace("{method: eap}", "{method: eap, split: none}", StringComparison.Ordinal));
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        const string Said = "nothing said: one example can't tell whether the model does the task";
        Assert.Contains(Said, (await ClientRun.OfAsync("why", First, "--store", experiment)).Succeeded().Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        var json = (await ClientRun.OfAsync("why", First, "--store", experiment, "--json")).Succeeded().Json;
        Assert.Equal(("no-task", "one-example"), (json.GetProperty("status").GetString(), json.GetProperty("state").GetString()));
        var curve = await ClientRun.OfAsync("curve", First, "--store", experiment);
        Assert.Equal(2, curve.ExitCode);
        Assert.Contains(Said, Assert.Single(curve.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_ACellWhosePromptsBeginWithAToken_SaysWhichAndWhatNamesIt()
    {
        using var folder = new TemporaryFolder();
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        foreach (var config in Directory.EnumerateFiles(folder.Path, "config.json", SearchOption.AllDirectories))
        {
            File.WriteAllText(config, File.ReadAllText(config).Replace("\"bos_token_id\": 0", "\"bos_token_id\": 63", StringComparison.Ordinal));
        }

        File.AppendAllText(experiment, "\nexamples: {bos: true}\n");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        const string Named = "config.json (bos_token_id)";
        var text = (await ClientRun.OfAsync("why", First, "--store", experiment)).Succeeded().Output.ReplaceLineEndings("\n");
        var json = (await ClientRun.OfAsync("why", First, "--store", experiment, "--json")).Succeeded().Json.GetProperty("bos");
        Assert.Contains($"\nthe token of id 63 stands before every prompt, named by {Named}.\n", text, StringComparison.Ordinal);
        Assert.Equal((63, System.Text.Json.JsonValueKind.Null, Named), (json.GetProperty("id").GetInt32(), json.GetProperty("token").ValueKind, json.GetProperty("named_by").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, (await ClientRun.OfAsync("why", First, "--store", run.Path, "--json")).Succeeded().Json.GetProperty("bos").ValueKind);
    }

    [Fact]
    public async Task Diff_Json_HasExactlyTheseNames()
    {
        var diff = (await ClientRun.OfAsync("diff", First, Second, "--store", run.Path, "--json")).Succeeded().Json;
        Assert.Equal(
            [
                "verdict", "scope", "size_verdict", "jaccard", "ceiling", "corrected", "p", "difference", "difference_low", "difference_high", "smallest_shown", "kept", "gained", "lost",
            ],
            diff.EnumerateObject().Select(p => p.Name));
        Assert.Equal(Verdict(Number(diff, "p"), Number(diff, "difference_low"), Number(diff, "ceiling")), diff.GetProperty("verdict").GetString());
        int kept = diff.GetProperty("kept").GetArrayLength(), gained = diff.GetProperty("gained").GetArrayLength(), lost = diff.GetProperty("lost").GetArrayLength();
        Assert.Equal((double)kept / (kept + gained + lost), Number(diff, "jaccard"), 12);
        Assert.InRange(Number(diff, "ceiling"), 0.01, 1);
        Assert.InRange(Number(diff, "p"), 0, 1);
        Assert.InRange(Number(diff, "difference"), Number(diff, "difference_low"), Number(diff, "difference_high"));

        // prompts of one's own name no templates
        Assert.Equal("examples", diff.GetProperty("scope").GetString());
    }

    [Fact]
    public async Task Diff_WithACellWithoutACircuit_SaysNothingOfNoise()
    {
        string[] line = ["diff", First, "small/tiny@0/second", "--store", run.Path, "--stored"];
        var diff = (await ClientRun.OfAsync([.. line, "--json"])).Succeeded().Json;
        Assert.Equal(("no-circuit", "unknown"), (diff.GetProperty("verdict").GetString(), diff.GetProperty("size_verdict").GetString()));
        Assert.All((string[])["ceiling", "p", "difference", "difference_low", "difference_high", "smallest_shown"], name => Assert.Equal(System.Text.Json.JsonValueKind.Null, diff.GetProperty(name).ValueKind));
        Assert.Equal("Nothing to compare: the two cells don't both have a circuit. Their sizes have no intervals.", (await ClientRun.OfAsync(line)).Succeeded().Output.ReplaceLineEndings("\n").Split('\n')[1]);
    }

    [Fact]
    public async Task Diff_ACellAndItself_DrawsNothingButKeptEdges()
    {
        var json = (await ClientRun.OfAsync("diff", First, First, "--store", run.Path, "--json")).Succeeded().Json;
        Assert.Equal((1, 1, 1), (Number(json, "jaccard"), Number(json, "corrected"), Number(json, "p")));
        Assert.Equal((0, 0, 0), (Number(json, "difference"), Number(json, "difference_low"), Number(json, "difference_high")));
        Assert.Equal(0, json.GetProperty("gained").GetArrayLength() + json.GetProperty("lost").GetArrayLength());

        var lines = (await ClientRun.OfAsync("diff", First, First, "--store", run.Path)).Succeeded().Output.ReplaceLineEndings("\n").Split('\n');

        // the same circuit twice can't be shown to be the same where halves of the examples agree on less than half of it
        var isSteady = Number(json, "ceiling") >= 0.5;
        Assert.Equal(isSteady ? "same" : "undecided", json.GetProperty("verdict").GetString());
        Assert.StartsWith(isSteady ? "Same: " : "Undecided: ", lines[1], StringComparison.Ordinal);
        Assert.Equal(!isSteady, lines.Contains("Circuits count as the same only where noise alone leaves 50.0% or more."));
        var lattice = lines.SkipWhile(l => !l.StartsWith("layer ", StringComparison.Ordinal)).Take(4).ToArray();
        Assert.Equal(["layer", "h0", "h1", "h2", "h3", "mlp"], lattice[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["logits", "1", "0"], lattice.Skip(1).Select(l => l.Split(' ')[0]));
        Assert.DoesNotContain('+', string.Concat(lattice));

        // every kept edge is counted once, where it arrives
        var drawn = string.Concat(lattice.Skip(1)).Split([' ', '·'], StringSplitOptions.RemoveEmptyEntries).Where(c => c.StartsWith('=')).Sum(c => int.Parse(c[1..], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(json.GetProperty("kept").GetArrayLength(), drawn);
    }

    [Fact]
    public async Task Diff_StoredOnly_LeavesTheModelsAlone()
    {
        var diff = (await ClientRun.OfAsync("diff", "small/tiny@0/first", "small/tiny@0/second", "--store", run.Path, "--stored")).Succeeded();
        Assert.DoesNotContain("In the other's place", diff.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curve_ACell_HasARowForEverySizeTried()
    {
        var json = (await ClientRun.OfAsync("curve", First, "--store", run.Path, "--json")).Succeeded().Json;
        var sizes = json.GetProperty("sizes").EnumerateArray().ToArray();
        Assert.True(sizes.Length > 2);
        Assert.Equal(sizes.Select(s => s.GetProperty("fit").GetDouble()).Order(), sizes.Select(s => s.GetProperty("fit").GetDouble()));
        var text = (await ClientRun.OfAsync("curve", First, "--store", run.Path)).Succeeded().Output;
        Assert.Equal(sizes.Length + 1, text.Count(c => c == '●'));
        Assert.Contains("The smallest budget that keeps 80.0% of the model's metric is ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curve_WithAreas_TellsTheTwoSelectionsApart()
    {
        var areas = (await ClientRun.OfAsync("curve", First, "--store", run.Path, "--areas", "--json")).Succeeded().Json.GetProperty("areas");
        foreach (var selection in (string[])["absolute", "signed"])
        {
            var faithfulness = areas.GetProperty(selection).GetProperty("faithfulness").EnumerateArray().Select(f => f.GetDouble()).ToArray();
            Assert.Equal(10, faithfulness.Length);
            Assert.Equal(1, faithfulness[^1], 6);

            // 102 edges: 0.1 % of them are none, and the empty circuit is the ablated model
            Assert.Equal(0, faithfulness[0], 6);
            Assert.True(areas.GetProperty(selection).GetProperty("cmd").GetDouble() >= Math.Abs(0.999 - areas.GetProperty(selection).GetProperty("cpr").GetDouble()) - 1e-9);
        }

        Assert.NotEqual(areas.GetProperty("absolute").GetProperty("cpr").GetDouble(), areas.GetProperty("signed").GetProperty("cpr").GetDouble());
        Assert.Equal("cell nearest greedy", string.Join(' ', ((string[])["rule", "budget_rule", "selection"]).Select(key => areas.GetProperty(key).GetString())));
        Assert.Contains("Selected by signed score (greedy, sizes rounded to the nearest edge): CPR ", (await ClientRun.OfAsync("curve", First, "--store", run.Path, "--areas")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curve_WithMibsAreas_NamesThem()
    {
        string[] line = ["curve", First, "--store", run.Path, "--areas", "--area-rule", "mib"];
        var areas = (await ClientRun.OfAsync([.. line, "--json"])).Succeeded().Json.GetProperty("areas");
        Assert.Equal("mib floor top-n", string.Join(' ', ((string[])["rule", "budget_rule", "selection"]).Select(key => areas.GetProperty(key).GetString())));
        Assert.Equal([0, 0, 0, 1, 2, 5, 10, 20, 51, 102], areas.GetProperty("budgets").EnumerateArray().Select(n => n.GetInt32()));
        Assert.Contains("Selected by |score| (top-n, sizes rounded down): CPR ", (await ClientRun.OfAsync(line)).Succeeded().Output, StringComparison.Ordinal);

        var refused = await ClientRun.OfAsync("curve", First, "--store", run.Path, "--area-rule", "mib");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("give --areas too", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_ARun_WritesItsTables()
    {
        using var folder = new TemporaryFolder();
        var json = (await ClientRun.OfAsync("export", "--store", run.Path, "--csv", "--out", folder["tables"], "--json")).Succeeded().Json;
        Assert.Equal(6, json.GetProperty("cells").GetInt32());
        var cells = Read("cells.csv");
        Assert.Equal(6, cells.Count);
        Assert.Equal(["0", "0", "1", "1", "2", "2"], cells.Select(c => c["step"]));
        Assert.All(cells, c => Assert.Equal("small", c["suite"]));
        var circuits = Read("edges.csv").Where(e => e["in_circuit"] == "true").GroupBy(e => (e["step"], e["task"])).ToDictionary(g => g.Key, g => g.Count());
        Assert.All(cells.Where(c => c["edges"].Length > 0), c => Assert.Equal(int.Parse(c["edges"], System.Globalization.CultureInfo.InvariantCulture), circuits[(c["step"], c["task"])]));
        var diff = (await ClientRun.OfAsync("diff", First, "small/tiny@1/first", "--store", run.Path, "--stored", "--json")).Succeeded().Json;
        var pair = Read("pairs.csv").Single(p => p["task"] == "first" && p["from"] == "0");
        Assert.Equal(diff.GetProperty("jaccard").GetDouble(), double.Parse(pair["jaccard"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(diff.GetProperty("p").GetDouble(), double.Parse(pair["p"], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((await ClientRun.OfAsync("diff", First, "small/tiny@1/first", "--store", run.Path, "--json")).Succeeded().Json.GetProperty("verdict").GetString(), pair["verdict"]);
        (await ClientRun.OfAsync("export", "--store", run.Path, "--stored", "--out", folder["stored"])).Succeeded();
        var storedOnly = Table(folder["stored"], "pairs.csv");
        Assert.Equal(Read("pairs.csv").Select(p => p["verdict"]), storedOnly.Select(p => p["verdict"]));
        Assert.All(storedOnly, p => Assert.Equal(("", ""), (p["earlier_on_later"], p["later_on_earlier"])));

        Assert.Equal(2, Read("pairs.csv").Count);
        foreach (var compared in Read("pairs.csv"))
        {
            Assert.Equal(Verdict(Value(compared["p"]), Value(compared["difference_low"]), Value(compared["ceiling"])), compared["verdict"]);
            Assert.Equal("examples", compared["scope"]);
            var sizes = ((string[])["from", "to"]).Select(end => cells.Single(c => c["step"] == compared[end] && c["task"] == compared["task"])).ToArray();
            Assert.Equal(SizeVerdict([.. sizes.Select(c => (Value(c["smallest_budget_low"]), Value(c["smallest_budget_high"])))]), compared["size_verdict"]);
            Assert.Equal(Value(compared["across"]) - Value(compared["ceiling"]), Value(compared["difference"]), 12);
        }

        Assert.All(cells.Where(c => c["status"] == "reached"), c =>
        {
            Assert.Equal("true", c["size_includes_ranking"]);
            Assert.InRange(Value(c["smallest_budget"]), Value(c["smallest_budget_low"]), Value(c["smallest_budget_high"]));
            Assert.InRange(Value(c["normalized_smallest_budget"]), Value(c["normalized_smallest_budget_low"]), Value(c["normalized_smallest_budget_high"]));

            // on the grid, the circuit is that of the smallest size that keeps the threshold
            Assert.Equal(Value(c["budget"]), Value(c["smallest_budget"]));

            // where ablation turns the metric about, as much of it is more of the way
            Assert.True(Value(c["ablated_metric"]) > 0 || Value(c["faithfulness_found"]) > 1 || Value(c["normalized_found"]) > Value(c["faithfulness_found"]));
        });

        Assert.Equal(["first", "second"], Read("onsets.csv").Select(o => o["task"]));

        foreach (var onset in Read("onsets.csv"))
        {
            // the metric's lower bound is above the threshold at every checkpoint, or at none
            var there = cells.Where(c => c["task"] == onset["task"]).Count(c => Value(c["metric_low"]) > Value(onset["threshold"]));
            Assert.Equal(onset["task"] == "first" ? ("0.1", 3) : ("0.01", 0), (onset["threshold"], there));
            Assert.Equal((there.ToString(System.Globalization.CultureInfo.InvariantCulture), there == 3 ? "0" : "", ""), (onset["shown"], onset["by_step"], onset["lost_step"]));
            Assert.Equal(("3", "too-few-points", ""), (onset["run"], onset["fit"], onset["midpoint_tokens"]));
        }

        // a single model has no correlation with anything
        Assert.All(Read("scale.csv"), s => Assert.Equal((s["task"] == "first" ? "1" : "0", "", "", true), (s["sizes"], s["value"], s["low"], s["no_correlation"].EndsWith("a correlation needs 6 or more", StringComparison.Ordinal))));

        foreach (var cell in cells)
        {
            var expected = Value(cell["metric_high"]) < 0 ? "against" : cell["status"] == "no-task" ? "no-task" : "task";
            Assert.Equal(expected, cell["state"]);
            Assert.Equal(expected, (await ClientRun.OfAsync("why", $"small/tiny@{cell["step"]}/{cell["task"]}", "--store", run.Path, "--json")).Succeeded().Json.GetProperty("state").GetString());
        }

        List<Dictionary<string, string>> Read(string name) => Table(folder["tables"], name);
    }

    [Theory]
    [InlineData("suite/model@step/task", "why", "first")]
    [InlineData("did you mean 'small/tiny@0/first'", "curve", "small/tiny@0/frist")]
    public async Task Cell_ThatIsNone_IsRefused(string reason, string command, string cell)
    {
        var refused = await ClientRun.OfAsync(command, cell, "--store", run.Path);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(reason, Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_WithoutResults_SaysHowToGetThem()
    {
        using var folder = new TemporaryFolder();
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        var refused = await ClientRun.OfAsync("why", First, "--store", experiment);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'circuitgrid run ", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["small.results.db"]));
    }

    /// <summary>What the method says of two circuits that are there: a difference at 2.5 %, one-sided; or none beyond 0.1, of circuits that halves of the examples agree on by half.</summary>
    private static string Verdict(double p, double low, double ceiling) => p <= 0.025 ? "different" : low > -0.1 && ceiling >= 0.5 ? "same" : "undecided";

    /// <summary>What the method says of two sizes: different where their intervals are apart, the same where all of both is within a factor of 1.5.</summary>
    private static string SizeVerdict((double Low, double High)[] sizes)
    {
        var (latestLow, earliestHigh) = (sizes.Max(s => s.Low), sizes.Min(s => s.High));
        return latestLow > earliestHigh ? "different" : sizes.Max(s => s.High) / sizes.Min(s => s.Low) <= 1.5 ? "same" : "undecided";
    }

    private static double Number(System.Text.Json.JsonElement json, string name) => json.GetProperty(name).GetDouble();

    /// <summary>A field of a table; an infinite budget is written as <c>inf</c>.</summary>
    private static double Value(string field) => field == "inf" ? double.PositiveInfinity : double.Parse(field, System.Globalization.CultureInfo.InvariantCulture);

    private static List<Dictionary<string, string>> Table(string folder, string name)
    {
        var lines = File.ReadAllLines(Path.Combine(folder, name));
        var headings = lines[0].Split(',');
        return [.. lines.Skip(1).Select(l => headings.Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal))];
    }

    /// <summary>A small experiment that has been run.</summary>
    public sealed class SmallRun : IAsyncLifetime
    {
        private readonly TemporaryFolder folder = new();

        public string Path { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Path = SmallSuite.Write(folder, checkpoints: 3, "eap-ig");
            (await ClientRun.OfAsync("run", Path)).Succeeded();
        }

        public ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
