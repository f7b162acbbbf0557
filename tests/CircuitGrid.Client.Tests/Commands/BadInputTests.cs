using CircuitGrid.Client.Tests.Golden;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Commands;

/// <summary>Files that can't be used: exit code 2 and one line that names the file and the reason.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly GoldenFolder golden = new("neox_tiny25");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Attribute_MissingModel_NamesTheFolder()
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        await AssertRefusedAsync(["attribute", "--model", folder["nowhere"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"]], folder["nowhere"], "doesn't exist");
        Assert.False(File.Exists(folder["g.json"]));
    }

    [Fact]
    public async Task Attribute_PairsWithATokenOutsideTheVocabulary_NamesTheLine()
    {
        File.WriteAllText(folder["pairs.jsonl"], """{"clean":[1,2],"corrupted":[1,64],"correct":[3],"incorrect":[4]}""");
        await AssertRefusedAsync(["attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"]], folder["pairs.jsonl"], "64");
    }

    [Fact]
    public async Task Attribute_TextPairsWithoutATokenizer_SaysWhatIsMissing()
    {
        File.WriteAllText(folder["pairs.jsonl"], """{"clean":"a b","corrupted":"a c","correct":[3],"incorrect":[4]}""");
        await AssertRefusedAsync(["attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"]], folder["pairs.jsonl"], "tokenizer.json");
    }

    [Fact]
    public async Task Attribute_TooLittleMemoryForTheWeights_SaysHowMuchIsNeeded()
    {
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        await AssertRefusedAsync(
            ["attribute", "--model", golden.Model, "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--out", folder["g.json"], "--memory", "1MiB"],
            "--memory 1 MiB",
            "allow at least");
    }

    [Fact]
    public async Task Attribute_OutputThatIsAFolder_IsRefusedBeforeTheWork() =>
        await AssertRefusedAsync(["attribute", "--model", folder["nowhere"], "--pairs", folder["nothing"], "--metric", "logit-diff", "--out", folder.Path], folder.Path, "is a folder");

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("""{"cfg":{"n_layers":2,"n_heads":4}}""", "than a file of 34 bytes can list")]
    [InlineData("""{"cfg":{"n_layers":2000000,"n_heads":4},"nodes":{},"edges":{}}""", "n_layers")]
    public async Task Circuit_DamagedGraph_NamesTheFileAndTheReason(string text, string reason)
    {
        File.WriteAllText(folder["g.json"], text);
        await AssertRefusedAsync(["circuit", "--graph", folder["g.json"], "--edges", "3", "--out", folder["c.json"]], folder["g.json"], reason);
        Assert.False(File.Exists(folder["c.json"]));
    }

    [Fact]
    public async Task Evaluate_GraphOfAnotherModel_SaysHowTheyDiffer()
    {
        var other = new GoldenFolder("gpt2_tiny");
        golden.WritePairs(folder["pairs.jsonl"], "main", "logit_diff");
        other.WriteGraph(folder["g.json"], other.Json("scores_main_eap_logit_diff_b12").GetProperty("scores"));
        await AssertRefusedAsync(
            ["evaluate", "--model", golden.Model, "--graph", folder["g.json"], "--pairs", folder["pairs.jsonl"], "--metric", "logit-diff", "--json"],
            folder["g.json"],
            "sequential");
    }

    [Fact]
    public async Task Run_MissingExperiment_NamesIt() =>
        await AssertRefusedAsync(["run", folder["none.yaml"]], folder["none.yaml"], "doesn't exist");

    [Fact]
    public async Task Verbose_OfAnError_AddsWhereItHappened()
    {
        var run = await ClientRun.OfAsync("circuit", "--graph", folder["none.json"], "--edges", "1", "--out", folder["c.json"], "--verbose");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("   at CircuitGrid.", run.Error, StringComparison.Ordinal);
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
