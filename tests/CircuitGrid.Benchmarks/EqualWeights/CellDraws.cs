using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Benchmarks.EqualWeights;

/// <summary>Analyses of one checkpoint's weights by several draws of a task's prompts: whatever differs between them is the prompts' doing.</summary>
internal static class CellDraws
{
    /// <summary>Seeds of the draws; the first is the library's.</summary>
    public static ImmutableArray<int> Seeds { get; } = [42, 1042, 2042, 3042];

    /// <summary>Every checkpoint and task of a suite whose model does the task by every draw.</summary>
    /// <param name="folder">The suite.</param>
    /// <param name="analysis">How cells are analysed.</param>
    public static IEnumerable<(string Name, string Task, ILoadedCheckpoint Model, ImmutableArray<CellEvidence> Draws, Func<TaskLexicon, int, CellEvidence> Other)> Of(string folder, AnalysisSpec analysis)
    {
        var suite = SuiteFolder.Open(folder);
        var lexicon = TaskLexicon.Load(Path.Combine(folder, "lexicon.json"));
        var analyzer = CellAnalyzer.OnCpu();
        foreach (var suiteModel in suite.Models)
        {
            foreach (var step in suiteModel.Steps)
            {
                var tokenizer = Tokenizer.Load(suiteModel.FindTokenizer(step)!, new([]));
                using var model = analyzer.Load(suiteModel.StepFolder(step), [], Environment.ProcessorCount, null, CancellationToken.None);
                var info = analyzer.Inspect(suiteModel.StepFolder(step), new([]));
                foreach (var task in TaskLibrary.Tasks)
                {
                    ImmutableArray<CellEvidence> draws = [.. Seeds.Select(seed => Analyze(lexicon, seed))];
                    if (draws.All(d => d.Result.Status == CellStatus.Reached))
                    {
                        yield return ($"{suiteModel.Name}@{step}", task.Name, model, draws, Analyze);
                    }

                    CellEvidence Analyze(TaskLexicon words, int seed)
                    {
                        var dataset = TaskLibrary.Build(task.Name, tokenizer, TaskOptions.Paper with { Seed = seed, Lexicon = words, Limits = info.Limits });
                        var resolved = analysis.Resolve(checked((int)GraphSize.Edges(info.Graph)), dataset);
                        dataset = resolved.Sampling == SamplingRule.Templates ? dataset.ByTemplate() : dataset;
                        return new(model.Analyze(dataset, resolved, null, null, CancellationToken.None), resolved, dataset);
                    }
                }
            }
        }
    }
}
