using CircuitGrid.Compute;
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
    public void BuildTask_OfTheLibrary_TakesTheNearestTokenizerAndTheSuitesLexicon()
    {
        var task = new TaskSpec("gendered-pronoun") { Count = 4 };
        Assert.Contains("tokenizer.json", Assert.Throws<InvalidInputException>(() => Build(task)).Message);

        Tokenizer("tokenizer.json", "Ann", "Bob", "Cat", "Dan");
        File.WriteAllText(Path.Combine(files.Folder, FileExperimentSource.LexiconName), Lexicon("Ann", "Cat", "Bob", "Dan"));
        var suites = Build(task);
        Assert.Equal(4, suites.Examples.Length);
        Assert.Contains("0 of 4 names are one token", Assert.Throws<InvalidInputException>(() => Build(task with { Lexicon = OwnLexicon("Eve", "Fay", "Gus", "Hal") })).Message);

        // the model's own tokenizer wins over the suite's
        Tokenizer(Path.Combine("tiny", "tokenizer.json"), "Eve", "Fay", "Gus", "Hal");
        Assert.Equal(4, Build(task with { Lexicon = OwnLexicon("Eve", "Fay", "Gus", "Hal") }).Examples.Length);
        Assert.Throws<InvalidInputException>(() => Build(task));
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

    private CircuitGrid.Circuits.Tasks.TaskDataset Build(TaskSpec task, int step = 1)
    {
        var suite = SuiteFolder.Open(files.Folder);
        return source.BuildTask(task, suite, suite.Models[0], step, vocabulary: 40, new());
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
