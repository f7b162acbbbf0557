using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>Graph files on the command line: what each command needs of them, and what a shell puts in their place.</summary>
public sealed class GraphCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly GoldenFolder golden = new("neox_tiny25");

    public GraphCommandTests()
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("missing")]
    [InlineData("null")]
    [InlineData("NaN")]
    public async Task FileWithoutScores_IsEnoughForEvaluate_AndNotForCircuit(string score)
    {
        await CircuitAsync("g.json", "c.json", 30);
        var json = Change("c.json", "bare.json", (_, edge) =>
        {
            edge.Remove("score");
            if (score == "null")
            {
                edge["score"] = null;
            }
            else if (score == "NaN")
            {
                edge["score"] = "NaN";
            }
        });
        File.WriteAllText(folder["bare.json"], json.Replace("\"NaN\"", "NaN", StringComparison.Ordinal));

        Assert.Equal((await EvaluateAsync("c.json")).Output, (await EvaluateAsync("bare.json")).Output);
        await AssertRefusedAsync("bare.json", 30, "edge input->a0.h0<q> has no score");
    }

    [Fact]
    public async Task Circuit_OneScoreMissing_NamesItsEdge()
    {
        Change("g.json", "hole.json", (name, edge) => edge["score"] = name == "m0->m1" ? null : edge["score"]!.DeepClone());
        await AssertRefusedAsync("hole.json", 30, "edge m0->m1 has no score");
    }

    [Theory]
    [InlineData("0", "0", "the |score| 0", "the score 0")]
    [InlineData("0.25", "0.25", "the |score| 0.25", "the score 0.25")]
    [InlineData("0.25", "-0.25", "the |score| 0.25", null)]
    public async Task Circuit_ScoresThatRankNothing_IsRefusedWhereEdgesAreLeftOut(string even, string odd, string absolute, string? signed)
    {
        var edges = 0;
        Change("g.json", "flat.json", (_, edge) => edge["score"] = JsonNode.Parse(edges++ % 2 == 0 ? even : odd));
        await AssertRefusedAsync("flat.json", 30, $"has nothing to rank by: every edge has {absolute}");
        if (signed is not null)
        {
            await AssertRefusedAsync("flat.json", 30, $"has nothing to rank by: every edge has {signed}", "--signed");
        }
        else
        {
            await CircuitAsync("flat.json", "c.json", 30, "--signed");
        }

        await CircuitAsync("flat.json", "c.json", 0);
        await CircuitAsync("flat.json", "c.json", edges);
        Assert.Equal(edges, GoldenFolder.ReadJson(folder["c.json"]).GetProperty("edges").EnumerateObject().Count(e => e.Value.GetProperty("in_graph").GetBoolean()));
    }

    [Fact]
    public async Task UnknownKey_IsRefused_UnlessItIsNamed()
    {
        Change("g.json", "more.json", (name, edge) => edge[name == "m0->m1" ? "weight" : "in_graph"] = true);
        await AssertRefusedAsync("more.json", 30, "m0->m1 has a key 'weight', which isn't known; it is true. If it doesn't change what is computed, ignore it: --ignore-key weight");
        await CircuitAsync("more.json", "c.json", 30, "--ignore-key", "other", "--ignore-key", "weight");
        var run = await EvaluateAsync("more.json", "--ignore-key", "weight");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal($"{folder["more.json"]}: edges: m0->m1: weight is ignored, as asked", Assert.Single(run.ErrorLines));
    }

    [Fact]
    public async Task EmptyUnknownKey_IsSaidOnStandardError()
    {
        Change("g.json", "empty.json", (_, edge) => edge["weight"] = null);
        var run = await ClientRun.OfAsync("circuit", "--graph", folder["empty.json"], "--edges", "30", "--out", folder["c.json"], "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(30, run.Json.GetProperty("budget").GetInt32());
        Assert.Contains("has a key 'weight', which isn't known; it is null", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.EndsWith("more of this kind", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.InRange(run.ErrorLines.Count, 2, 30);
    }

    [Fact]
    public async Task Pipes_CanStandForBothFiles()
    {
        await CircuitAsync("g.json", "c.json", 30);
        await RunAsync("mkfifo", folder["in"]);
        await RunAsync("mkfifo", folder["out"]);
        var writing = Task.Run(() => File.WriteAllBytes(folder["in"], File.ReadAllBytes(folder["g.json"])));
        var reading = Task.Run(() => File.ReadAllBytes(folder["out"]));
        await CircuitAsync("in", "out", 30);
        await writing;
        Assert.Equal(File.ReadAllBytes(folder["c.json"]), await reading);
        await RunAsync("test", "-p", folder["out"]);

        writing = Task.Run(() => File.WriteAllBytes(folder["in"], File.ReadAllBytes(folder["c.json"])));
        Assert.Equal((await EvaluateAsync("c.json")).Output, (await EvaluateAsync("in")).Output);
        await writing;
    }

    [Theory]
    [InlineData("circuit")]
    [InlineData("evaluate")]
    public async Task PipeThatNobodyWrites_EndsWithTheCommand(string command)
    {
        await RunAsync("mkfifo", folder["in"]);
        using var cancellation = new CancellationTokenSource();
        string[] args = command == "circuit"
            ? ["circuit", "--graph", folder["in"], "--edges", "3", "--out", folder["c.json"]]
            : ["evaluate", "--model", golden.Model, "--graph", folder["in"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff"];
        var run = Task.Run(() => ClientRun.OfAsync(args, width: 160, cancellation: cancellation.Token));
        await cancellation.CancelAsync();
        Assert.Equal(130, (await run).ExitCode);
        Assert.False(File.Exists(folder["c.json"]));
    }

    [Fact]
    public async Task Link_IsWrittenThrough()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        File.WriteAllText(folder["elsewhere/c.json"], "old");
        File.CreateSymbolicLink(folder["link.json"], folder["elsewhere/c.json"]);
        await CircuitAsync("g.json", "link.json", 30);
        Assert.NotNull(new FileInfo(folder["link.json"]).LinkTarget);
        Assert.Equal(JsonValueKind.Object, GoldenFolder.ReadJson(folder["elsewhere/c.json"]).ValueKind);
        Assert.Single(Directory.GetFiles(folder["elsewhere"]));
    }

    /// <summary>Writes a file again with every edge's entry changed.</summary>
    private string Change(string from, string to, Action<string, JsonObject> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(folder[from]))!;
        foreach (var (name, edge) in root["edges"]!.AsObject())
        {
            change(name, edge!.AsObject());
        }

        File.WriteAllText(folder[to], root.ToJsonString());
        return root.ToJsonString();
    }

    private async Task CircuitAsync(string graph, string output, int edges, params string[] options) =>
        (await ClientRun.OfAsync(["circuit", "--graph", folder[graph], "--edges", edges.ToString(CultureInfo.InvariantCulture), "--out", folder[output], .. options])).Succeeded();

    private Task<ClientRun> EvaluateAsync(string graph, params string[] options) =>
        ClientRun.OfAsync(["evaluate", "--model", golden.Model, "--graph", folder[graph], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--json", .. options]);

    private async Task AssertRefusedAsync(string graph, int edges, string reason, params string[] options)
    {
        var run = await ClientRun.OfAsync(["circuit", "--graph", folder[graph], "--edges", edges.ToString(CultureInfo.InvariantCulture), "--out", folder["refused.json"], .. options]);
        Assert.Equal(2, run.ExitCode);
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith($"error: {folder[graph]}", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["refused.json"]));
    }

    private static async Task RunAsync(string program, params string[] args)
    {
        using var process = Process.Start(program, args);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
