using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>Prompts one after the other, without padding; what is read of a prompt is read at its last tokens, the answer rows: one, or several.</summary>
public sealed class TokenBatch
{
    /// <param name="prompts">The prompts.</param>
    /// <param name="answerRows">How many of its last tokens are answer rows, for each prompt; one each where none are given.</param>
    /// <exception cref="ArgumentException">There is no prompt, one is empty, or one has fewer tokens than answer rows.</exception>
    public TokenBatch(IEnumerable<ImmutableArray<int>> prompts, IEnumerable<int>? answerRows = null)
    {
        var list = prompts.ToList();
        if (list.Count == 0 || list.Exists(p => p.Length == 0))
        {
            throw new ArgumentException("A batch needs at least one prompt, and every prompt at least one token.", nameof(prompts));
        }

        Tokens = [.. list.SelectMany(p => p)];
        Sequences = new Sequences(list.Select(p => p.Length));
        AnswerSequences = new Sequences(answerRows ?? Enumerable.Repeat(1, list.Count));
        if (AnswerSequences.Count != list.Count || Enumerable.Range(0, list.Count).Any(s => AnswerSequences.Length(s) > Sequences.Length(s)))
        {
            throw new ArgumentException("Every prompt needs answer rows, and as many tokens at least.", nameof(answerRows));
        }
    }

    /// <summary>Token ids of all rows.</summary>
    public ImmutableArray<int> Tokens { get; }

    public Sequences Sequences { get; }

    /// <summary>The prompts' answer rows, as sequences of their own.</summary>
    public Sequences AnswerSequences { get; }

    /// <summary>The answer rows of the sequences, in order, <paramref name="times"/> copies of them in a row.</summary>
    public int[] AnswerRows(int times = 1)
    {
        var rows = new int[AnswerSequences.Rows * times];
        var next = 0;
        for (var k = 0; k < times; k++)
        {
            for (var s = 0; s < Sequences.Count; s++)
            {
                for (var count = AnswerSequences.Length(s); count > 0; count--)
                {
                    rows[next++] = (k * Sequences.Rows) + Sequences.Offsets[s + 1] - count;
                }
            }
        }

        return rows;
    }
}
