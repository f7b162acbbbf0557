using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Experiments.Tests.Grid;

public sealed class FileExperimentSourceTests : IDisposable
{
    private readonly FakeSuite files = new();
    private readonly FileExperimentSource source = new();

    public FileExperimentSourceTests()
    {
        TinyModel.Write(files.CheckpointFolder("tiny", 1), seed: 3);
        TinyModel.Write(files.CheckpointFolder("tiny", 2), seed: 4);
    }

    public void Dispose() => files.Dispose();

    [Fact]
    public void StateOf_Folder_ChangesWithItsFilesAndIsNothingWhileTheyAreNotWhole()
    {
        var folder = files.CheckpointFolder("tiny", 1);
        var whole = source.StateOf(folder);
        Assert.NotNull(whole);
        Assert.Equal(whole, source.StateOf(folder));
        var weights = Path.Combine(folder, "model.safetensors");
        File.SetLastWriteTimeUtc(weights, new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.NotEqual(whole, source.StateOf(folder));
        File.WriteAllText(Path.Combine(folder, "notes.txt"), "more");
        Assert.NotEqual(whole.Text, source.StateOf(folder)!.Text);
        File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^8]);
        Assert.Null(source.StateOf(folder));
        Assert.Null(source.StateOf(Path.Combine(files.Root, "nowhere")));
    }

    /// <summary>A copy keeps the time that its original has, whatever the clock said there; when it was copied, the file system says.</summary>
    [Fact]
    public void StateOf_FileWithATimeToCome_SaysWhenTheFileSystemGotIt()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "other systems have only the time that programs can set");
        var folder = files.CheckpointFolder("tiny", 1);
        var ahead = new DateTime(2090, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(folder, "model.safetensors"), ahead);
        var state = source.StateOf(folder)!;
        Assert.Equal(ahead, state.LastTouched.UtcDateTime);
        Assert.InRange(state.LastStamped, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Fact]
    public void BuildTask_PairsFile_IsReadAgainOnlyWhenItChanges()
    {
        var task = Pairs("""{"clean": [1, 2], "corrupted": [3, 2], "correct": [4], "incorrect": [5]}""");
        var first = Build(task);
        Assert.Equal(("capitals", MetricKind.ProbabilityDifference, 1), (first.Task, first.Metric, first.Examples.Length));
        Assert.Equal(first.Examples, Build(task, step: 2).Examples);

        Pairs(string.Join('\n', Enumerable.Repeat("""{"clean": [1, 7], "corrupted": [3, 2], "correct": [4], "incorrect": [5]}""", 3)));
        Assert.Equal(3, Build(task).Examples.Length);
        Assert.Equal(2, Build(task with { Count = 2 }).Examples.Length);

        Pairs("""{"clean": [1, 99], "corrupted": [3, 2], "correct": [4], "incorrect": [5]}""");
        Assert.Contains("line 1", Assert.Throws<InvalidInputException>(() => Build(task)).Message);
        Assert.Throws<InvalidInputException>(() => Build(task with { Pairs = Path.Combine(files.Root, "missing.jsonl") }));
    }

    [Fact]
    public void BuildTask_PairsWithBos_AreOtherExamples()
    {
        Tokenizer("tokenizer.json");
        var task = Pairs("""{"clean": [1, 2, 3], "corrupted": [4, 2, 3], "correct": [4], "incorrect": [5], "position": 1}""");
        var (without, with) = (Build(task), Build(task with { PrependBos = true }));
        Assert.Equal([1, 2], without.Examples[0].Clean);
        Assert.Equal([0, 1, 2], with.Examples[0].Clean);
        Assert.Equal([0, 4, 2], with.Examples[0].Corrupted);
        Assert.NotEqual(ExamplesDigest.Of(without), ExamplesDigest.Of(with));
    }

    /// <summary>What config.json names is another token, and so another key; what it says without 'bos' is none of a task's business.</summary>
    [Fact]
    public void BuildTask_BosThatConfigNames_IsInTheKeyOfEveryKindOfTask()
    {
        var tokenizer = TokenizerTrainer.Train([], new() { VocabularySize = 300, SpecialTokens = ["<|endoftext|>", "<s>"], RequiredWords = [" he", " she", " Ann", " Bob", " Cat", " Dan"] });
        tokenizer.Save(Path.Combine(files.Folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(files.Folder, FileExperimentSource.LexiconName), Lexicon("Ann", "Cat", "Bob", "Dan"));
        var limits = new ModelLimits(Vocabulary: 300, ContextLength: 64);
        foreach (var task in (TaskSpec[])[Pairs("""{"clean": [5, 2, 3], "corrupted": [4, 2, 3], "correct": [4], "incorrect": [5]}"""), new("gendered-pronoun") { Count = 4 }])
        {
            NameBegin(null);
            var (without, usual) = (Build(task, limits: limits), Build(task with { PrependBos = true }, limits: limits));
            NameBegin("1");
            var (still, named) = (Build(task, limits: limits), Build(task with { PrependBos = true }, limits: limits));

            Assert.Equal(ExamplesDigest.Of(without), ExamplesDigest.Of(still));
            Assert.Equal(without.Examples.Select(e => (int[])[0, .. e.Clean]), usual.Examples.Select(e => e.Clean.ToArray()));
            Assert.Equal(without.Examples.Select(e => (int[])[1, .. e.Clean]), named.Examples.Select(e => e.Clean.ToArray()));
            Assert.Equal((null, 0, 1), (still.Begin?.Id, usual.Begin?.Id, named.Begin?.Id));
            Assert.Equal(3, new[] { without, usual, named }.Select(ExamplesDigest.Of).Distinct().Count());
            NameBegin("[1]");
            Assert.Equal(ExamplesDigest.Of(named), ExamplesDigest.Of(Build(task with { PrependBos = true }, limits: limits)));
            NameBegin("\"<s>\"");
            Assert.Contains("bos_token_id", Assert.Throws<InvalidInputException>(() => Build(task with { PrependBos = true }, limits: limits)).Message);
        }
    }

    [Fact]
    public void BuildTask_ATemplate_ChangesNoKey()
    {
        const string Line = """{"clean": [1, 2, 3], "corrupted": [4, 2, 3], "correct": [4], "incorrect": [5]}""";
        var without = ExamplesDigest.Of(Build(Pairs(Line)));
        var with = Build(Pairs(Line.Replace("}", ", \"template\": \"t\"}", StringComparison.Ordinal)));
        Assert.Equal(["t"], with.Templates);
        Assert.Equal(without, ExamplesDigest.Of(with));
    }

    [Fact]
    public async Task Plan_ExamplesThatTheModelCannotBeAsked_SaysWhichBeforeAnythingRuns()
    {
        Tokenizer("tokenizer.json", "Ann", "Bob", "Cat", "Dan");
        File.WriteAllText(Path.Combine(files.Folder, FileExperimentSource.LexiconName), Lexicon("Ann", "Cat", "Bob", "Dan"));
        var ids = string.Join(", ", Enumerable.Range(0, 16));
        var task = Pairs($$"""
            {"clean": [1, 2], "corrupted": [3, 2], "correct": [4], "incorrect": [5]}
            {"clean": [1, {{ids}}], "corrupted": [3, {{ids}}], "correct": [4], "incorrect": [5]}
            """);
        var spec = new ExperimentSpec { Name = "long", Suite = files.Folder, Tasks = [task, new TaskSpec("gendered-pronoun") { Count = 4 }] };
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);

        var cells = (await grid.PlanAsync(spec)).Cells.Where(c => c.Id.Step == 1).ToDictionary(c => c.Id.Task, StringComparer.Ordinal);

        Assert.All(cells.Values, c => Assert.Equal(CellAction.Skip, c.Action));
        Assert.Equal($"{task.Pairs}: line 2: clean has 17 tokens, but the model's context holds 16", cells["capitals"].Why);
        Assert.StartsWith("task gendered-pronoun: prompt \"So ", cells["gendered-pronoun"].Why);
        Assert.EndsWith("but the model's context holds 16", cells["gendered-pronoun"].Why);
    }

    [Fact]
    public void BuildTask_OfTheLibrary_TakesTheNearestTokenizerAndTheSuitesLexicon()
    {
        var task = new TaskSpec("gendered-pronoun") { Count = 4 };
        var limits = new ModelLimits(Vocabulary: 300, ContextLength: 64);
        Assert.Contains("tokenizer.json", Assert.Throws<InvalidInputException>(() => Build(task)).Message);

        Tokenizer("tokenizer.json", "Ann", "Bob", "Cat", "Dan");
        File.WriteAllText(Path.Combine(files.Folder, FileExperimentSource.LexiconName), Lexicon("Ann", "Cat", "Bob", "Dan"));
        var suites = Build(task, limits: limits);
        Assert.Equal(4, suites.Examples.Length);
        Assert.Contains("0 of 4 names are one token", Assert.Throws<InvalidInputException>(() => Build(task with { Lexicon = OwnLexicon("Eve", "Fay", "Gus", "Hal") }, limits: limits)).Message);

        // the model's own tokenizer wins over the suite's
        Tokenizer(Path.Combine("tiny", "tokenizer.json"), "Eve", "Fay", "Gus", "Hal");
        Assert.Equal(4, Build(task with { Lexicon = OwnLexicon("Eve", "Fay", "Gus", "Hal") }, limits: limits).Examples.Length);
        Assert.Throws<InvalidInputException>(() => Build(task, limits: limits));
    }

    /// <summary>Other wordings are other examples, and so another key; where the lexicon has none, the plan says which tasks it has them for.</summary>
    [Fact]
    public async Task BuildTask_Paraphrased_IsAnotherKeyOrAnError()
    {
        Tokenizer("tokenizer.json", "Ann", "Bob", "Cat", "Dan");
        var lexicon = Path.Combine(files.Folder, FileExperimentSource.LexiconName);
        File.WriteAllText(lexicon, Lexicon("Ann", "Cat", "Bob", "Dan"));
        var published = new TaskSpec("gendered-pronoun") { Count = 4 };
        var paraphrased = published with { Templates = TemplateSet.Paraphrases };
        var limits = new ModelLimits(Vocabulary: 300, ContextLength: 64);
        var before = Build(published, limits: limits);
        const string Nowhere = "lexicon test: has no paraphrases for the task gendered-pronoun, nor for any other; the built-in lexicon, English, has them for gendered-pronoun, greater-than";
        Assert.Equal(Nowhere, Assert.Throws<InvalidInputException>(() => Build(paraphrased, limits: limits)).Message);
        var spec = new ExperimentSpec { Name = "paraphrased", Suite = files.Folder, Tasks = [paraphrased] };
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);
        Assert.All((await grid.PlanAsync(spec)).Cells, c => Assert.Equal((CellAction.Skip, Nowhere), (c.Action, c.Why)));

        File.WriteAllText(lexicon, Lexicon("Ann", "Cat", "Bob", "Dan").Replace("\"templates\"", "\"paraphrases\": [\"I asked {NAME} if\"], \"templates\"", StringComparison.Ordinal));
        Assert.Equal(ExamplesDigest.Of(before), ExamplesDigest.Of(Build(published, limits: limits)));
        var after = Build(paraphrased, limits: limits);
        Assert.Equal(Enumerable.Repeat("I asked {NAME} if", 4), after.Templates);
        Assert.NotEqual(ExamplesDigest.Of(before), ExamplesDigest.Of(after));
    }

    [Fact]
    public async Task LocalGrid_RealCheckpoints_RunsAndKeeps()
    {
        var task = Pairs(string.Join('\n', Enumerable.Range(0, 12).Select(i => $$"""{"clean": [{{i}}, 2, 3], "corrupted": [{{i + 12}}, 2, 3], "correct": [4], "incorrect": [5]}""")));
        var spec = new ExperimentSpec { Name = "real", Suite = files.Folder, Tasks = [task] };
        using var store = SqliteCellStore.Open(files.StorePath);
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), source);
        var progress = await grid.RunAsync(spec);
        Assert.Equal((2, 2, 0), (progress.Total, progress.Finished, progress.Failed));
        Assert.Equal(2, (await grid.RunAsync(spec)).Kept);

        // the same weights in another folder are the same cell
        var plan = await grid.PlanAsync(spec);
        TinyModel.Write(files.CheckpointFolder("tiny", 3), seed: 4);
        var third = (await grid.PlanAsync(spec)).Cells.Single(c => c.Id.Step == 3);
        Assert.Equal((PlanReason.SameAsAnother, plan.Cells.Single(c => c.Id.Step == 2).Fingerprint), (third.Reason, third.Fingerprint));
    }

    private TaskDataset Build(TaskSpec task, int step = 1, ModelLimits? limits = null)
    {
        var suite = SuiteFolder.Open(files.Folder);
        return source.BuildTask(task, suite, suite.Models[0], step, limits ?? new(TinyModel.Config.Vocabulary, TinyModel.Config.ContextLength), new());
    }

    private void NameBegin(string? value)
    {
        var path = Path.Combine(files.CheckpointFolder("tiny", 1), "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["bos_token_id"] = value is null ? null : JsonNode.Parse(value);
        File.WriteAllText(path, config.ToJsonString());
    }

    private TaskSpec Pairs(string lines)
    {
        var path = Path.Combine(files.Root, "capitals.jsonl");
        File.WriteAllText(path, lines);
        return new TaskSpec("capitals") { Pairs = path, Metric = MetricKind.ProbabilityDifference };
    }

    private void Tokenizer(string path, params string[] names) => TokenizerTrainer
        .Train([], new() { VocabularySize = 300, RequiredWords = [" he", " she", .. names.Select(n => " " + n)] })
        .Save(Path.Combine(files.Folder, path));

    private string OwnLexicon(params string[] names)
    {
        var path = Path.Combine(files.Root, "own.json");
        File.WriteAllText(path, Lexicon(names));
        return path;
    }

    private static string Lexicon(params string[] names) => $$"""
        {
          "language": "test",
          "gendered_pronoun": {
            "female": ["{{names[0]}}", "{{names[1]}}"], "male": ["{{names[2]}}", "{{names[3]}}"], "male_answer": "he", "female_answer": "she",
            "templates": ["So {NAME} is a cook, isn't", "So {NAME} is fun, isn't"]
          }
        }
        """;
}
