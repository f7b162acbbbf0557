using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>A prompt as a pairs file states it: either <paramref name="Text"/> or <paramref name="Ids"/>.</summary>
internal readonly record struct PairPrompt(string? Text, ImmutableArray<int>? Ids);

/// <summary>The answers to a clean prompt.</summary>
/// <param name="Correct">Ids of the right ones.</param>
/// <param name="Incorrect">Ids of the wrong ones.</param>
internal readonly record struct PairAnswers(ImmutableArray<int> Correct, ImmutableArray<int> Incorrect);

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
