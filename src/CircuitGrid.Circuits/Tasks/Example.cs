using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>
/// A clean prompt, its corrupted partner of the same length, and the answers. Prompts are kept up to and including the answer
/// position: later tokens can't influence it. An answer of several tokens continues the prompt (<see cref="AnswersContinue"/>).
/// </summary>
/// <param name="Clean">Token ids of the clean prompt; the metric is read at the last one.</param>
/// <param name="Corrupted">Token ids of the corrupted prompt, as many.</param>
/// <param name="Correct">Ids of the answers that are right for the clean prompt, at least one.</param>
/// <param name="Incorrect">Ids of the answers that are wrong for the clean prompt, at least one.</param>
public sealed record Example(ImmutableArray<int> Clean, ImmutableArray<int> Corrupted, ImmutableArray<int> Correct, ImmutableArray<int> Incorrect)
{
    /// <summary>
    /// Whether the ids of <see cref="Correct"/> are the tokens of one answer, one after the other, and those of <see cref="Incorrect"/> likewise, instead of answers
    /// of one token each.
    /// </summary>
    public bool AnswersContinue { get; init; }

    /// <summary>Number of positions of either prompt.</summary>
    public int Length => Clean.Length;
}
