using System.Collections.Immutable;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Training.Text;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Examination;

/// <summary>What one checkpoint of the nano suite can do. Accuracies are shares of prompts with a positive metric.</summary>
/// <param name="Ioi">Accuracy on indirect object identification, pairs of names held out.</param>
/// <param name="IoiUnseenWordings">The same in wordings that the training text doesn't have.</param>
/// <param name="GenderedPronoun">Accuracy on names no tag question was about.</param>
/// <param name="Agreement">Accuracy on subject-verb agreement, pairs of subject and attractor held out.</param>
/// <param name="GreaterThan">Mean probability difference over start years from 50 on, events and starts held out.</param>
/// <param name="GreaterThanShuffled">The same where the model saw another prompt's start year than it is judged by.</param>
/// <param name="PreviousToken">The head with the highest previous-token score.</param>
/// <param name="Induction">The head with the highest induction score.</param>
public sealed record CheckpointExamination(
    double Ioi,
    double IoiUnseenWordings,
    double GenderedPronoun,
    double Agreement,
    double GreaterThan,
    double GreaterThanShuffled,
    RepetitionScore PreviousToken,
    RepetitionScore Induction);

/// <summary>
/// Examines checkpoints of the nano suite on prompts held out of its training text: the numbers its card states.
/// </summary>
/// <param name="suiteFolder">The suite's folder, with its tokenizer and lexicon.</param>
/// <exception cref="InvalidInputException">The tokenizer or the lexicon can't be used.</exception>
public sealed class SuiteExamination(string suiteFolder)
{
    private const int Prompts = 300;

    private const int FirstLateYear = 50;

    private const int Repetitions = 16;

    private readonly Tokenizer tokenizer = Tokenizer.Load(Path.Combine(suiteFolder, "tokenizer.json"));

    private readonly TaskLexicon lexicon = TaskLexicon.Load(Path.Combine(suiteFolder, "lexicon.json"));

    /// <summary>Examines one checkpoint.</summary>
    /// <exception cref="InvalidInputException">The checkpoint can't be used.</exception>
    public CheckpointExamination Examine(IDevice device, string model, int step)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(suiteFolder, model, $"step{step}"));
        using var transformer = Transformer.Load(device, checkpoint);
        var unseen = lexicon with { Ioi = lexicon.Ioi! with { Templates = NanoLexicon.HeldOutStoryTemplates } };
        var scores = RepetitionScores.Measure(transformer, RandomHalves(transformer.Config.ContextLength));
        var late = LateStarts();
        return new CheckpointExamination(
            Accuracy(transformer, TaskLibrary.Ioi, lexicon),
            Accuracy(transformer, TaskLibrary.Ioi, unseen),
            Accuracy(transformer, TaskLibrary.GenderedPronoun, lexicon),
            Accuracy(transformer, TaskLibrary.Sva, lexicon),
            Mean(transformer, late),
            Mean(transformer, Shuffled(late)),
            scores.MaxBy(s => s.PreviousToken)!,
            scores.MaxBy(s => s.Induction)!);
    }

    /// <summary>The prompts of a task, as the examination uses them.</summary>
    public TaskDataset Build(string task, TaskLexicon words) => TaskLibrary.Build(task, tokenizer, new TaskOptions { Count = Prompts, Lexicon = words });

    private static double Mean(Transformer model, ImmutableArray<Example> examples) => Metrics(model, examples, MetricKind.ProbabilityDifference).Average();

    private static IReadOnlyList<double> Metrics(Transformer model, ImmutableArray<Example> examples, MetricKind metric)
    {
        using var evaluator = new CircuitEvaluator(model, examples, metric);
        return evaluator.CleanMetrics;
    }

    private double Accuracy(Transformer model, string task, TaskLexicon words)
    {
        var data = Build(task, words);
        return Metrics(model, data.Examples, data.Metric).Average(m => m > 0 ? 1.0 : 0.0);
    }

    private ImmutableArray<Example> LateStarts() => [.. Build(TaskLibrary.GreaterThan, lexicon).Examples.Where(e => e.Incorrect.Length > FirstLateYear)];

    /// <summary>
    /// Every example with the prompts of the one half the list away: a model that answers a late year whatever the start year is scores as
    /// well here.
    /// </summary>
    private static ImmutableArray<Example> Shuffled(ImmutableArray<Example> examples) =>
        [.. examples.Select((e, i) => e with { Clean = examples[(i + (examples.Length / 2)) % examples.Length].Clean, Corrupted = examples[(i + (examples.Length / 2)) % examples.Length].Corrupted })];

    /// <summary>Random words of the language, so many that they can be said twice.</summary>
    private ImmutableArray<ImmutableArray<int>> RandomHalves(int context)
    {
        const int LongestHalf = 100;
        var half = Math.Min(LongestHalf, context / 2);
        var words = TrainingText.Words.Select(w => tokenizer.TryGetSingleToken(" " + w, out var id) ? id : throw new InvalidInputException(suiteFolder, $"its tokenizer doesn't keep \"{w}\" whole")).ToArray();
        var random = new SeededRandom(1);
        return [.. Enumerable.Range(0, Repetitions).Select(_ => Enumerable.Range(0, half).Select(_ => words[random.Next(words.Length)]).ToImmutableArray())];
    }
}
