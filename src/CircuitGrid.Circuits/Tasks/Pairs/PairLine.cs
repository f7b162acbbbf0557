using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks.Pairs;

/// <summary>A prompt as a pairs file states it: either <paramref name="Text"/> or <paramref name="Ids"/>.</summary>
internal readonly record struct PairPrompt(string? Text, ImmutableArray<int>? Ids);

/// <summary>An example as a pairs file states it.</summary>
/// <param name="Place">The file and its line, for errors.</param>
/// <param name="Clean">The clean prompt.</param>
/// <param name="Corrupted">The corrupted prompt.</param>
/// <param name="Correct">Ids of the right answers.</param>
/// <param name="Incorrect">Ids of the wrong answers.</param>
/// <param name="Position">Where the metric is read; <see langword="null"/> for the last position.</param>
internal sealed record PairLine(string Place, PairPrompt Clean, PairPrompt Corrupted, ImmutableArray<int> Correct, ImmutableArray<int> Incorrect, int? Position)
{
    public InvalidInputException Error(string reason, Exception? inner = null) => new(Place, reason, inner);
}
