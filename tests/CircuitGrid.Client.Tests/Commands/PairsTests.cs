using System.Text.Json.Nodes;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>Examples of one's own on the command line: what is understood, and what isn't.</summary>
public sealed class PairsTests : IDisposable
{
    private const string Sound = """{"clean":[1,2,3],"corrupted":[4,2,3],"correct":[5],"incorrect":[6]}""";

    private readonly TemporaryFolder folder = new();
    private readonly GoldenFolder golden = new("neox_tiny25");

    public PairsTests()
    {
        Directory.CreateDirectory(folder["model"]);
        foreach (var name in (string[])["config.json", "model.safetensors"])
        {
            File.Copy(Path.Combine(golden.Model, name), Path.Combine(folder["model"], name));
        }
    }

    private string TokenizerFile => Path.Combine(folder["model"], "tokenizer.json");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Attribute_WithBos_IsAttributeOfPromptsThatHaveIt()
    {
        TokenizerTrainer.Train([], new() { VocabularySize = 260 }).Save(TokenizerFile);
        var with = await ScoresAsync("""{"clean":[0,1,2,3],"corrupted":[0,4,2,3],"correct":[5],"incorrect":[6],"position":2}""");
        var without = await ScoresAsync("""{"clean":[1,2,3],"corrupted":[4,2,3],"correct":[5],"incorrect":[6],"position":1}""");
        var run = await ClientRun.OfAsync([.. Attribute(), "--bos"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([$"{folder["pairs.jsonl"]}: <|endoftext|> (id 0) stands before every prompt, named by config.json (bos_token_id)"], run.ErrorLines);
        Assert.Equal(with, File.ReadAllText(folder["g.json"]));
        Assert.NotEqual(with, without);
    }

    [Fact]
    public async Task Evaluate_WithBosAndNoTokenizer_SaysWhatIsMissing()
    {
        File.WriteAllText(folder["pairs.jsonl"], Sound);
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var config = Path.Combine(folder["model"], "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"bos_token_id\": 0,", "", StringComparison.Ordinal));
        await AssertRefusedAsync(["evaluate", "--graph", folder["g.json"], .. Pairs(), "--bos"], folder["pairs.jsonl"], "there is no tokenizer.json that says which id that is");
    }

    [Fact]
    public async Task Attribute_UnknownKeys_AreErrorsUnlessTheyAreNamed()
    {
        var plain = await ScoresAsync(Sound);
        var line = Sound.Replace("}", ""","source":"web","weight":2}""", StringComparison.Ordinal);
        Assert.Equal(plain, await ScoresAsync(line, "--ignore-column", "source", "--ignore-column", "weight"));

        await AssertRefusedAsync([.. Attribute(), "--ignore-column", "source"], $"{folder["pairs.jsonl"]}: line 1", "'weight', which isn't known");
        await AssertRefusedAsync([.. Attribute(), "--ignore-column", "source", "--ignore-column", "weight", "--ignore-column", "x"], folder["pairs.jsonl"], "has no 'x', which is to be ignored");
    }

    [Theory]
    [InlineData("""{"clean":[1,2],"corrupted":[1,64],"correct":[3],"incorrect":[4]}""", "line 1: corrupted has the id 64")]
    [InlineData("""{"clean":[1,2],"corrupted":[1,3],"correct":[3],"incorrect":[4],"postion":0}""", "line 1: has a key 'postion'; did you mean 'position'?")]
    [InlineData("""{"clean":[1,2],"corrupted":[1,2],"correct":[3],"incorrect":[4]}""", "the clean and the corrupted prompt are the same up to the answer in line 1")]
    public async Task Attribute_AMistakeBesideADamagedTokenizer_IsNamed(string line, string reason)
    {
        File.WriteAllText(TokenizerFile, "{");
        File.WriteAllText(folder["pairs.jsonl"], line);
        await AssertRefusedAsync(Attribute(), folder["pairs.jsonl"], reason);
    }

    [Fact]
    public async Task Attribute_TextBesideADamagedTokenizer_NamesTheTokenizer()
    {
        File.WriteAllText(TokenizerFile, "{");
        File.WriteAllText(folder["pairs.jsonl"], """{"clean":"a b","corrupted":"a c","correct":[3],"incorrect":[4]}""");
        await AssertRefusedAsync(Attribute(), TokenizerFile, "JSON");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public async Task Circuit_OfEdgesThatScoreTheSame_IsRefusedUnlessItIsAllOrNone(double score)
    {
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var graph = JsonNode.Parse(File.ReadAllText(folder["g.json"]))!;
        foreach (var (i, edge) in graph["edges"]!.AsObject().Index())
        {
            edge.Value!["score"] = i % 2 == 0 ? score : -score;
        }

        File.WriteAllText(folder["g.json"], graph.ToJsonString());
        string[] args = ["circuit", "--graph", folder["g.json"], "--out", folder["c.json"], "--edges"];
        await AssertRefusedAsync([.. args, "30"], folder["g.json"], "has nothing to rank by: every edge has the |score| ");
        Assert.False(File.Exists(folder["c.json"]));
        (await ClientRun.OfAsync([.. args, "102"])).Succeeded();
        (await ClientRun.OfAsync([.. args, "0"])).Succeeded();
        Assert.Equal(score == 0 ? 2 : 0, (await ClientRun.OfAsync([.. args, "30", "--signed"])).ExitCode);
    }

    /// <summary>Where the scores run out before the budget does, which edges come in is said to be left to their numbering.</summary>
    [Theory]
    [InlineData(3, false)]
    [InlineData(2, false)]
    [InlineData(20, true)]
    public async Task Circuit_OfMoreEdgesThanHaveScores_SaysWhatDecides(int edges, bool isSaid)
    {
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var graph = JsonNode.Parse(File.ReadAllText(folder["g.json"]))!;
        foreach (var (i, edge) in graph["edges"]!.AsObject().Index())
        {
            edge.Value!["score"] = i < 3 ? i + 1 : 0;
        }

        File.WriteAllText(folder["g.json"], graph.ToJsonString());
        var run = await ClientRun.OfAsync("circuit", "--graph", folder["g.json"], "--out", folder["c.json"], "--edges", $"{edges}", "--select", "top-n");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(isSaid, run.Error.Contains("Edges of the |score| 0 are in and others of it out", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("run")]
    public async Task Plan_AnUnknownTask_EndsWithTheNameThatWasMeant(string command)
    {
        File.WriteAllText(folder["x.yaml"], "suite: .\ntasks: [ioi, greater_than]\n");
        await AssertRefusedAsync([command, folder["x.yaml"]], $"{folder["x.yaml"]}: line 2", "did you mean 'greater-than'?");
    }

    private string[] Pairs() => ["--model", folder["model"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff"];

    private string[] Attribute() => ["attribute", .. Pairs(), "--method", "eap", "--out", folder["g.json"]];

    private async Task<string> ScoresAsync(string line, params string[] more)
    {
        File.WriteAllText(folder["pairs.jsonl"], line);
        (await ClientRun.OfAsync([.. Attribute(), .. more])).Succeeded();
        return File.ReadAllText(folder["g.json"]);
    }

    private static async Task AssertRefusedAsync(string[] args, string file, string reason)
    {
        var run = await ClientRun.OfAsync(args);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        var line = Assert.Single(run.ErrorLines);
        Assert.StartsWith($"error: {file}", line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
    }
}
