using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>A prompt as a pairs file states it: either <paramref name="Text"/> or <paramref name="Ids"/>.</summary>
internal readonly record struct PairPrompt(string? Text, ImmutableArray<int>? Ids);

/// <summary>The right or the wrong answers as a pairs file states them.</summary>
/// <param name="Ids">Ids of answers of one token each, or where <paramref name="Continues"/> the tokens of a single answer.</param>
/// <param name="Continues">Whether the ids are those of a single answer, one after the other.</param>
/// <param name="Texts">The answers as texts, with no ids yet; <see langword="null"/> where there are ids.</param>
internal readonly record struct PairAnswer(ImmutableArray<int> Ids, bool Continues, ImmutableArray<string>? Texts)
{
    public static PairAnswer OfIds(ImmutableArray<int> ids) => new(ids, Continues: false, Texts: null);

    public static PairAnswer OfTokens(ImmutableArray<int> tokens) => new(tokens, Continues: true, Texts: null);

    public static PairAnswer OfTexts(ImmutableArray<string> texts) => new([], Continues: false, texts);
}

/// <summary>The answers to a clean prompt.</summary>
/// <param name="Correct">The right ones.</param>
/// <param name="Incorrect">The wrong ones.</param>
internal readonly record struct PairAnswers(PairAnswer Correct, PairAnswer Incorrect)
{
    public PairAnswers(ImmutableArray<int> correct, ImmutableArray<int> incorrect)
        : this(PairAnswer.OfIds(correct), PairAnswer.OfIds(incorrect))
    {
    }
}

/// <summary>An example as a pairs file states it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Number">The line it begins on, from 1.</param>
/// <param name="Clean">The clean prompt.</param>
/// <param name="Corrupted">The corrupted prompt.</param>
/// <param name="Answers">The answers.</param>
/// <param name="Position">Where the metric is read, in the file's own numbering of the prompt; <see langword="null"/> for the last position.</param>
/// <param name="Template">The wording it was made from; <see langword="null"/> where the line doesn't say.</param>
internal sealed record PairLine(string Path, int Number, PairPrompt Clean, PairPrompt Corrupted, PairAnswers Answers, int? Position, string? Template)
{
    public InvalidInputException Error(string reason, Exception? inner = null) => new(PlaceOf(Path, Number), reason, inner);

    /// <summary>How messages name a line of a file.</summary>
    public static string PlaceOf(string path, int line) => $"{path}: line {line}";
}
