using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Torch.Tests.Nano;

/// <summary>Cells of the shipped suite.</summary>
internal static class NanoCells
{
    /// <summary>Its folder.</summary>
    public static string Suite { get; } = Find();

    private static readonly Lazy<Tokenizer> SuiteTokenizer = new(() => Tokenizer.Load(Path.Combine(Suite, "tokenizer.json")));

    private static readonly Lazy<TaskLexicon> SuiteLexicon = new(() => TaskLexicon.Load(Path.Combine(Suite, "lexicon.json")));

    public static string Folder(string model, int step) => Path.Combine(Suite, model, $"step{step}");

    public static TaskDataset Task(string task) => TaskLibrary.Build(task, SuiteTokenizer.Value, new TaskOptions { Count = 40, Lexicon = SuiteLexicon.Value });

    public static CellAnalysis Analysis(int edges, TaskDataset dataset) => new AnalysisSpec().Resolve(edges, dataset.Examples.Length);

    private static string Find()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            var candidate = Path.Combine(directory, "suites", "nano");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException("suites/nano isn't above the test's folder.");
    }
}
