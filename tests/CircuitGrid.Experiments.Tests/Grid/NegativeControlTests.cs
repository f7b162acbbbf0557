using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>Cells of the shipped suite in which nothing can be found, and nothing must be.</summary>
public sealed class NegativeControlTests
{
    private static readonly SuiteFolder suite = SuiteFolder.Open(Path.Combine(FindRepository(), "suites", "nano"));
    private readonly CellAnalyzer analyzer = CellAnalyzer.OnCpu();
    private readonly FileExperimentSource source = new();

    [Theory]
    [InlineData("nano-2l")]
    [InlineData("nano-3l")]
    [InlineData("nano-4l")]
    public void Analyze_UntrainedModel_FindsNothing(string name) =>
        Assert.All(TaskLibrary.Tasks, task => Assert.Equal((task.Name, CellStatus.NoTask), (task.Name, Analyze(name, 0, task.Name, d => d).Status)));

    [Fact]
    public void Analyze_ShuffledLabels_FindsNothing() => Assert.All((string[])["ioi", "gendered-pronoun", "sva"], task =>
    {
        // every second answer is the wrong way round, so that the labels say nothing about the prompts
        Assert.Equal(CellStatus.NoTask, Analyze("nano-2l", 4000, task, Shuffled).Status);
        Assert.NotEqual(CellStatus.NoTask, Analyze("nano-2l", 4000, task, d => d).Status);
    });

    private static TaskDataset Shuffled(TaskDataset dataset) => dataset with
    {
        Examples = [.. dataset.Examples.Select((e, i) => i % 2 == 0 ? e : e with { Correct = e.Incorrect, Incorrect = e.Correct })],
    };

    private CellResult Analyze(string name, int step, string task, Func<TaskDataset, TaskDataset> change)
    {
        var model = suite.Find(name)!;
        var info = analyzer.Inspect(model.StepFolder(step), new());
        var dataset = change(source.BuildTask(new TaskSpec(task), suite, model, step, info.Vocabulary, new()));
        using var loaded = analyzer.Load(model.StepFolder(step), [], 1, null, CancellationToken.None);
        return loaded.Analyze(dataset, new AnalysisSpec().Resolve((int)GraphSize.Edges(info.Graph), dataset.Examples.Length), null, null, CancellationToken.None);
    }

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "CircuitGrid.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
