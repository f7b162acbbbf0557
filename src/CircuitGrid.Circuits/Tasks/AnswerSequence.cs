using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// What is run to measure an example, or a part of it: a prompt with all but the last token of an answer behind it. The metric is read at its answer rows, its last ones,
/// and the example's metric is the sum over its sequences' rows.
/// </summary>
/// <param name="Clean">The clean prompt, continued.</param>
/// <param name="Corrupted">The corrupted prompt, continued by the same tokens.</param>
/// <param name="Correct">Correct ids at each answer row.</param>
/// <param name="Incorrect">Incorrect ids at each answer row.</param>
internal sealed record AnswerSequence(
    ImmutableArray<int> Clean, ImmutableArray<int> Corrupted, ImmutableArray<ImmutableArray<int>> Correct, ImmutableArray<ImmutableArray<int>> Incorrect)
{
    /// <summary>Number of rows at which the metric is read.</summary>
    public int AnswerRows => Correct.Length;

    /// <summary>The sequences of an example: one, or one for each answer where a metric compares answers of several tokens.</summary>
    /// <exception cref="ArgumentException">The metric is read at one row, and the answers have several tokens.</exception>
    public static ImmutableArray<AnswerSequence> Of(Example example, MetricKind metric)
    {
        if (!example.AnswersContinue)
        {
            return [new(example.Clean, example.Corrupted, [example.Correct], [example.Incorrect])];
        }

        if (!metric.SumsOverTokens())
        {
            throw new ArgumentException($"A {metric} is read at one row, and the answers have several tokens.", nameof(metric));
        }

        var right = Continued(example, example.Correct, isCorrect: true);
        return metric == MetricKind.LogProbabilityDifference ? [right, Continued(example, example.Incorrect, isCorrect: false)] : [right];
    }

    private static AnswerSequence Continued(Example example, ImmutableArray<int> answer, bool isCorrect)
    {
        ImmutableArray<ImmutableArray<int>> tokens = [.. answer.Select(t => ImmutableArray.Create(t))];
        ImmutableArray<ImmutableArray<int>> none = [.. answer.Select(_ => ImmutableArray<int>.Empty)];
        return new([.. example.Clean, .. answer[..^1]], [.. example.Corrupted, .. answer[..^1]], isCorrect ? tokens : none, isCorrect ? none : tokens);
    }
}
