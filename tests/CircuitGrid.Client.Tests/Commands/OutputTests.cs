using System.Text.RegularExpressions;
using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>What people see, character by character.</summary>
public sealed partial class OutputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly GoldenFolder golden = new("neox_tiny25");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public async Task Attribute_InAPipe_IsPlainColumns(int width) =>
        Assert.Equal(
            """
             #  edge              score
             1  input->logits     1.247
             2  input->m0         1.002
             3  m1->logits       0.8441
             4  m0->logits        0.754
             5  a0.h1->logits     0.696
             6  input->a0.h2<v>  0.5505
             7  a1.h1->logits    0.4489
             8  input->a0.h1<k>  0.4385
             9  input->a0.h3<v>  0.3528
            10  a0.h0->logits    0.3524
            102 edges scored on 12 examples; the 10 strongest above, all in GRAPH
            """,
            await AttributeAsync(width, terminal: false));

    [Fact]
    public async Task Attribute_OnATerminal_HasARule()
    {
        var lines = (await AttributeAsync(80, terminal: true)).Split('\n');
        Assert.Contains(lines, l => l.Contains("──", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.TrimStart().StartsWith("1  ", StringComparison.Ordinal) && l.Contains("input->logits", StringComparison.Ordinal));
        Assert.All(lines, l => Assert.True(l.Length <= 80, l));
    }

    [Fact]
    public async Task Evaluate_ForPeople_IsATableAndASentence()
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        (await ClientRun.OfAsync("circuit", "--graph", folder["g.json"], "--edges", "30", "--out", folder["c.json"])).Succeeded();
        var run = await ClientRun.OfAsync("evaluate", "--model", golden.Model, "--graph", folder["c.json"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff");
        Assert.Equal(
            """
            metric        mean
            circuit     1.5593
            model       2.7318
            corrupted  -2.9274
            faithfulness 0.5708 (normalised 0.7928) with 30 of 102 edges and 12 of 12 nodes
            """,
            Trimmed(run.Succeeded().Output));
    }

    [Fact]
    public async Task Circuit_ForPeople_SaysWhatIsLeft()
    {
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var run = await ClientRun.OfAsync("circuit", "--graph", folder["g.json"], "--edges", "30", "--out", folder["c.json"]);
        Assert.Equal($"30 of 102 edges and 12 of 12 nodes are left of 30 edges taken; in {folder["c.json"]}", Trimmed(run.Succeeded().Output));
    }

    [Fact]
    public async Task Json_OfEveryFileCommand_IsOneDocumentAndNothingElse()
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        var attribute = await ClientRun.OfAsync("attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"], "--json");
        Assert.Equal(102, attribute.Succeeded().Json.GetProperty("edges").GetInt32());
        Assert.Equal("input->logits", attribute.Json.GetProperty("best")[0].GetProperty("edge").GetString());
        var circuit = await ClientRun.OfAsync("circuit", "--graph", folder["g.json"], "--edges", "30", "--out", folder["c.json"], "--json");
        Assert.Equal(30, circuit.Succeeded().Json.GetProperty("edges").GetInt32());
        var doctor = await ClientRun.OfAsync("doctor", "--json");
        Assert.True(doctor.Succeeded().Json.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task Evaluate_ModelMetricOfZero_IsNullInJson()
    {
        // What the model prefers in one example it prefers as much in the other, where it is wrong.
        File.WriteAllLines(folder["pairs.jsonl"], ["""{"clean":[1,2],"corrupted":[1,3],"correct":[4],"incorrect":[5]}""", """{"clean":[1,2],"corrupted":[1,3],"correct":[5],"incorrect":[4]}"""]);
        golden.WriteGraph(folder["g.json"], golden.Json("scores_main_eap_ig5_logit_diff_b12").GetProperty("scores"));
        var run = await ClientRun.OfAsync("evaluate", "--model", golden.Model, "--graph", folder["g.json"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--json");
        Assert.Equal("""{"metric":{"circuit":0,"model":0,"corrupted":0},"faithfulness":null,"normalized_faithfulness":null,"edges":102,"nodes":12}""", run.Succeeded().Output.Trim());
    }

    private async Task<string> AttributeAsync(int width, bool terminal)
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        string[] args = ["attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"]];
        var run = await ClientRun.OfAsync(args, width, terminal);
        return Duration().Replace(Trimmed(run.Succeeded().Output.ReplaceLineEndings("\n")), "").Replace(folder["g.json"], "GRAPH", StringComparison.Ordinal).Replace("in\nGRAPH", "in GRAPH", StringComparison.Ordinal);
    }

    private static string Trimmed(string output) => string.Join('\n', output.TrimEnd().Split('\n').Select(l => l.TrimEnd()));

    [GeneratedRegex(@" in [0-9.]+ s(?=;)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Duration();
}
