using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Fakes;

/// <summary>Reads fake suites; a file named <c>partial</c> beside the weights says that they aren't whole.</summary>
internal sealed class FakeSource : IExperimentSource
{
    public const string WeightsName = "weights.txt";

    /// <summary>An option of head scores.</summary>
    public int TopTokens { get; init; } = 5;

    /// <summary>What successors are measured on.</summary>
    public ImmutableArray<SuccessorList> SuccessorLists { get; init; } = [new("days", [(1, 2), (2, 3)])];

    /// <summary>A task that can't be built.</summary>
    public string Impossible { get; init; } = "impossible";

    public FolderState? StateOf(string folder)
    {
        var file = new FileInfo(Path.Combine(folder, WeightsName));
        return !file.Exists || File.Exists(Path.Combine(folder, "partial"))
            ? null
            : new(string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc.Ticks}"), new(file.LastWriteTimeUtc));
    }

    public TaskDataset BuildTask(TaskSpec task, SuiteFolder suite, SuiteModel model, int step, ModelLimits limits, ForeignKeys foreign)
    {
        if (string.Equals(task.Name, Impossible, StringComparison.Ordinal))
        {
            throw new InvalidInputException(task.Name, "doesn't fit the tokenizer");
        }

        var random = new Random(task.Name.Sum(c => c) + (task.Seed ?? 0));
        var examples = Enumerable.Range(0, task.Count ?? 10).Select(_ =>
        {
            var length = random.Next(3, 7);
            ImmutableArray<int> Prompt() => [.. Enumerable.Range(0, length).Select(_ => random.Next(50))];
            return new Example(Prompt(), Prompt(), [random.Next(50)], [random.Next(50)]);
        });
        return new(task.Name, MetricKind.LogitDifference, [.. examples], [$"{task.Count ?? 10} of 50 words"]);
    }

    public HeadScoreInputs BuildHeads(SuiteFolder suite, SuiteModel model, int step, ForeignKeys foreign) =>
        File.Exists(Path.Combine(model.StepFolder(step), "wordless"))
            ? throw new InvalidInputException(model.StepFolder(step), "has no tokenizer.json")
            : new HeadScoreInputs
            {
                Options = new HeadScoreOptions { TopTokens = TopTokens },
                RepeatedHalves = [[1, 2, 3]],
                SuccessorLists = SuccessorLists,
                Ioi = [],
                Texts = [[4, 5], [6, 7]],
                FunctionTokens = [8, 9],
                Notes = ["2 of 7 days"],
            };
}
