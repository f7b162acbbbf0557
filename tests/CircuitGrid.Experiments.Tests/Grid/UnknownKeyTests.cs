using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>Keys of checkpoints' files that nobody knows, from the plan to the results.</summary>
public sealed class UnknownKeyTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly FileExperimentSource source = new();

    public UnknownKeyTests()
    {
        TinyModel.Write(files.CheckpointFolder("tiny", 1), seed: 3);
        TinyModel.Write(files.CheckpointFolder("tiny", 2), seed: 4);
        var lines = Enumerable.Range(0, 12).Select(i => $$"""{"clean": [{{i}}, 2, 3], "corrupted": [{{i + 12}}, 2, 3], "correct": [4], "incorrect": [5]}""");
        File.WriteAllLines(Path.Combine(files.Root, "capitals.jsonl"), lines);
    }

    public void Dispose() => files.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Plan_KeyThatNobodyKnows_IsRefused_AndIgnoredByTheExperimentOrTheSuite_WithoutAnotherKey(bool bySuite)
    {
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);
        var plain = await grid.PlanAsync(Experiment());
        Assert.Null(plain.Refusal);
        Assert.All(plain.Checkpoints, c => Assert.Empty(c.PassedOver));
        AddToConfigs("resid_scale", 2);

        var refused = await grid.PlanAsync(Experiment());
        Assert.All(refused.Cells, c => Assert.Equal((CellAction.Skip, PlanReason.Unusable), (c.Action, c.Reason)));
        Assert.All(refused.Cells, c => Assert.Contains("config.json: has a key 'resid_scale', which isn't known; it is 2. If", c.Why, StringComparison.Ordinal));
        Assert.Equal(refused.Cells.First().Why, refused.Refusal!.Message);

        if (bySuite)
        {
            File.WriteAllText(Path.Combine(files.Folder, "suite.json"), """{"name": "fake", "ignore": ["resid_scale"], "models": [{"name": "tiny"}]}""");
        }

        var spec = bySuite ? Experiment() : Experiment("resid_scale");
        var ignored = await grid.PlanAsync(spec);
        Assert.Null(ignored.Refusal);
        Assert.Equal(plain.Cells.Select(c => c.Fingerprint), ignored.Cells.Select(c => c.Fingerprint));
        Assert.All(ignored.Checkpoints, c => Assert.Equal(["config.json: resid_scale"], c.PassedOver));
        Assert.Equal(["tiny: config.json: resid_scale is ignored, as asked"], ignored.Notes.Where(n => n.Contains("resid_scale", StringComparison.Ordinal)));

        // the weights are loaded under the same rule, and the results are those of the plain files
        Assert.Equal((2, 0), await grid.RunAsync(spec) is var ran ? (ran.Finished, ran.Failed) : default);
        var results = await Task.WhenAll(ignored.Cells.Select(c => store.ReadAsync(c.Fingerprint!.Key)));
        RemoveFromConfigs("resid_scale");
        Assert.Equal(2, (await grid.PlanAsync(Experiment())).Count(CellAction.Keep));
        Assert.Equal(plain.Cells.Select(c => c.Fingerprint!.Key), ignored.Cells.Select(c => c.Fingerprint!.Key));
        Assert.All(results, Assert.NotNull);
    }

    [Fact]
    public async Task Plan_EmptyKeyThatNobodyKnows_IsNotedOnceForAModel()
    {
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);
        AddToConfigs("resid_scale", new JsonArray());
        WriteTokenizer(t => t["post_processor"] = JsonNode.Parse("""{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}]}"""));

        WriteTextPairs();
        var plan = await grid.PlanAsync(Experiment());

        Assert.All(plan.Cells, c => Assert.Equal(CellAction.Run, c.Action));
        Assert.Equal(
            [
                "tiny: config.json: has a key 'resid_scale', which isn't known; it is [] and is passed over",
                "tiny: tokenizer.json: post_processor adds <s> in front; prompts here begin with it only with bos: true",
            ],
            plan.Notes);
    }

    [Fact]
    public async Task Plan_OneOfSeveralCheckpoints_IsRefusedAndTheOthersAreThere()
    {
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);
        Change(Path.Combine(files.CheckpointFolder("tiny", 2), "config.json"), c => c["n_ctxs"] = 5);

        var plan = await grid.PlanAsync(Experiment());

        Assert.Equal([CellAction.Run, CellAction.Skip], plan.Cells.Select(c => c.Action));
        Assert.StartsWith(Path.Combine(files.CheckpointFolder("tiny", 2), "config.json"), plan.Refusal!.Message, StringComparison.Ordinal);

        // whoever watches hears of it instead of waiting for more files
        Assert.NotNull(source.StateOf(files.CheckpointFolder("tiny", 2)));
    }

    [Fact]
    public void BuildTask_UnknownKeyOfTheTokenizer_IsIgnoredForThoseWhoAskOnly()
    {
        WriteTokenizer(t => t["model"]!["cache_capacity"] = 10);
        WriteTextPairs();
        var asked = new ForeignKeys(["cache_capacity"]);

        Assert.Throws<UnknownKeyException>(() => Build(new()));
        var dataset = Build(asked);
        Assert.Throws<UnknownKeyException>(() => Build(new()));
        Assert.Equal(ExamplesDigest.Of(dataset), ExamplesDigest.Of(Build(new(["cache_capacity", "other"]))));

        var again = new ForeignKeys(["cache_capacity"]);
        Build(again);
        Assert.Equal(["model: cache_capacity"], asked.PassedOver.Select(n => n.Text));
        Assert.Equal(asked.PassedOver, again.PassedOver);
    }

    [Fact]
    public void MeasureHeads_IgnoredKey_IsIgnoredWhereWeightsAreReadAgain()
    {
        AddToConfigs("resid_scale", 2);
        var folder = files.CheckpointFolder("tiny", 1);
        using var loaded = CellAnalyzer.OnCpu().Load(folder, ["resid_scale"], threads: 1, workingMemory: null, CancellationToken.None);

        // The head scores' own inputs don't fit so small a model; its files are read before they are looked at.
        var error = Record.Exception(() => loaded.MeasureHeads(new FakeSource().BuildHeads(Suite(), Suite().Models[0], 1, new()), circuit: null, CancellationToken.None));

        Assert.IsNotType<UnknownKeyException>(error);
        Assert.Throws<UnknownKeyException>(() => CellAnalyzer.OnCpu().Load(folder, [], threads: 1, workingMemory: null, CancellationToken.None));
        Assert.Throws<UnknownKeyException>(() => CellAnalyzer.OnCpu().Examine(folder, [], CancellationToken.None).Digest);
    }

    [Fact]
    public void Parse_Ignore_IsSortedAndPartOfTheExperiment()
    {
        var spec = ExperimentSpec.Parse("suite: s\ntasks: [ioi]\nignore: [b, a, b]", "e", ".");

        Assert.Equal(["a", "b"], spec.Ignore);
        Assert.Equal(["c"], ExperimentSpec.Parse("suite: s\ntasks: [ioi]\nignore: c", "e", ".").Ignore);
        Assert.NotEqual(spec.Identity, (spec with { Ignore = [] }).Identity);
        Assert.Contains("must be one word", Assert.Throws<InvalidInputException>(() => ExperimentSpec.Parse("suite: s\ntasks: [ioi]\nignore: {a: b}", "e", ".")).Message, StringComparison.Ordinal);
    }

    private ExperimentSpec Experiment(params string[] ignore) => new()
    {
        Name = "real",
        Suite = files.Folder,
        Tasks = [new TaskSpec("capitals") { Pairs = Path.Combine(files.Root, "capitals.jsonl"), Metric = MetricKind.ProbabilityDifference }],
        Ignore = [.. ignore],
    };

    private SuiteFolder Suite() => SuiteFolder.Open(files.Folder);

    private TaskDataset Build(ForeignKeys foreign) => source.BuildTask(Experiment().Tasks[0], Suite(), Suite().Models[0], 1, new(300, 64), foreign);

    private void AddToConfigs(string key, JsonNode value)
    {
        foreach (var step in new[] { 1, 2 })
        {
            Change(Path.Combine(files.CheckpointFolder("tiny", step), "config.json"), c => c[key] = value.DeepClone());
        }
    }

    private void RemoveFromConfigs(string key)
    {
        foreach (var step in new[] { 1, 2 })
        {
            Change(Path.Combine(files.CheckpointFolder("tiny", step), "config.json"), c => c.AsObject().Remove(key));
        }
    }

    /// <summary>Prompts that are text, for which alone a tokenizer is read.</summary>
    private void WriteTextPairs() => File.WriteAllLines(
        Path.Combine(files.Root, "capitals.jsonl"),
        Enumerable.Range(0, 12).Select(i => $$"""{"clean": "{{"0123456789AB"[i]}}12", "corrupted": "{{":;<=>?@CDEFG"[i]}}12", "correct": [4], "incorrect": [5]}"""));

    private void WriteTokenizer(Action<JsonNode> change)
    {
        var path = Path.Combine(files.Folder, "tokenizer.json");
        TokenizerTrainer.Train([], new() { VocabularySize = 300 }).Save(path);
        Change(path, change);
    }

    private static void Change(string path, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
