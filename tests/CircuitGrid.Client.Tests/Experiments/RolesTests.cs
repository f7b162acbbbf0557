using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>roles on the results of a small run with heads.</summary>
public sealed class RolesTests
{
    [Fact]
    public async Task Roles_OfARunWithHeads_ScoreEveryHeadOfEveryCheckpoint()
    {
        using var folder = new TemporaryFolder();
        var experiment = WithHeads(folder);
        var run = (await ClientRun.OfAsync("run", experiment)).Succeeded().Output;
        Assert.Contains("heads scored", run, StringComparison.Ordinal);
        Assert.Contains("6 cells computed", run, StringComparison.Ordinal);

        var json = (await ClientRun.OfAsync("roles", "--store", experiment, "--json")).Succeeded().Json;
        var heads = json.GetProperty("heads").EnumerateArray().ToArray();
        Assert.Equal(2 * 8, heads.Length);
        Assert.Equal(["a0.h0", "a0.h1", "a0.h2", "a0.h3", "a1.h0", "a1.h1", "a1.h2", "a1.h3"], heads.Take(8).Select(h => h.GetProperty("head").GetString()));
        Assert.Equal([0, 1], heads.Select(h => h.GetProperty("step").GetInt32()).Distinct());
        Assert.All(heads, h => Assert.InRange(h.GetProperty("scores").GetProperty("previous-token").GetDouble(), 0.001, 1));
        Assert.Distinct(heads.Take(8).Select(h => h.GetProperty("scores").GetProperty("induction").GetDouble()));

        var best = heads.Where(h => h.GetProperty("step").GetInt32() == 1).MaxBy(h => h.GetProperty("scores").GetProperty("induction").GetDouble());
        var text = (await ClientRun.OfAsync("roles", "--store", experiment)).Succeeded().Output;
        Assert.Contains("tiny at step 1", text, StringComparison.Ordinal);
        Assert.Contains(best.GetProperty("head").GetString()!, text.Split('\n').Single(l => l.StartsWith("induction ", StringComparison.Ordinal)), StringComparison.Ordinal);

        Assert.Contains("When each role appears", text, StringComparison.Ordinal);
        Assert.Contains(text.Split('\n'), l => l.StartsWith("tiny ", StringComparison.Ordinal) && l.Contains("previous token", StringComparison.Ordinal));

        // What reads circuits passes them over.
        var exported = (await ClientRun.OfAsync("export", "--store", experiment, "--out", folder["tables"], "--json")).Succeeded().Json;
        Assert.Equal((4, 16), (exported.GetProperty("cells").GetInt32(), exported.GetProperty("heads").GetInt32()));
        var scores = Read("heads.csv");
        Assert.Equal(heads.Select(h => h.GetProperty("scores").GetProperty("induction").GetDouble()), scores.Select(l => Number(l["induction"])));
        Assert.All(scores, l => Assert.Equal("", l["copying"]));
        Assert.All(Read("head_matches.csv").Concat(Read("role_distances.csv")).Concat(Read("algorithm.csv")), _ => Assert.Fail("there is one model, and it has no names"));

        // The experiment has neither task that roles are looked for in, so all heads count.
        var roles = Read("roles.csv").Where(l => l["role"] == "induction").ToArray();
        var wanted = 0.33 * scores.Max(l => Number(l["induction"]));
        Assert.Equal(["0", "1"], roles.Select(l => l["step"]));
        foreach (var line in roles)
        {
            var there = scores.Where(l => l["step"] == line["step"]).ToArray();
            Assert.Equal(there.Single(l => l["head"] == line["first_head"])["induction"], line["score"]);
            Assert.Equal(there.Count(l => Number(l["induction"]) >= wanted), Number(line["heads"]));
            Assert.Equal(line["step"] == "0", line["jaccard"].Length == 0);
            Assert.Equal("", line["circuit_sum"]);
        }

        var onset = Read("role_onsets.csv").Single(l => l["role"] == "induction");
        Assert.Equal(roles[0]["first_head"], onset["first_head"]);
        Assert.Equal(("3", "0.1", "no-task", "no-task"), (onset["run"], onset["threshold"], onset["order"], onset["circuit_order"]));
        Assert.Equal(["", "", "too-few-points", "", "", "0"], new[] { "midpoint_tokens", "midpoint_low", "fit", "circuit_by_step", "circuit_after_step", "circuit_shown" }.Select(c => onset[c]));
        var described = json.GetProperty("onsets").EnumerateArray().Single(o => o.GetProperty("role").GetString() == "induction");
        Assert.Equal(("greater-than", onset["first_head"], "no-task"), (described.GetProperty("task").GetString(), described.GetProperty("first_head").GetString(), described.GetProperty("order").GetString()));
        Assert.Equal((0.1, 3), (json.GetProperty("threshold").GetDouble(), json.GetProperty("run").GetInt32()));
        var by = described.GetProperty("onset").GetProperty("by");
        Assert.Equal(onset["by_step"], by.ValueKind == System.Text.Json.JsonValueKind.Null ? "" : by.GetProperty("step").GetRawText());
        Assert.Equal(onset["shown"], described.GetProperty("onset").GetProperty("shown").GetRawText());

        // what is there at both checkpoints has no lower end; what neither shows isn't there
        foreach (var line in Read("role_onsets.csv").Where(l => l["by_step"].Length > 0))
        {
            Assert.Equal(("0", "", "2"), (line["by_step"], line["after_step"], line["shown"]));
        }

        Assert.Equal(System.Text.Json.JsonValueKind.Null, described.GetProperty("circuit_onset").GetProperty("by").ValueKind);
        Assert.Equal(2, (await ClientRun.OfAsync("why", "small/tiny@0/heads", "--store", experiment)).ExitCode);

        static double Number(string text) => double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        List<Dictionary<string, string>> Read(string name)
        {
            var lines = File.ReadAllLines(Path.Combine(folder["tables"], name));
            var headings = lines[0].Split(',');
            return [.. lines.Skip(1).Select(l => headings.Zip(l.Split(',')).ToDictionary(p => p.First, p => p.Second, StringComparer.Ordinal))];
        }
    }

    [Fact]
    public async Task Roles_OfARunWithout_SaysHowToGetThem()
    {
        using var folder = new TemporaryFolder();
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        var refused = await ClientRun.OfAsync("roles", "--store", experiment);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("'heads: true'", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    private static string WithHeads(TemporaryFolder folder)
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        File.AppendAllText(experiment, "\nheads: true\n");
        SmallSuite.WriteTokenizer(folder.Path);
        return experiment;
    }
}
