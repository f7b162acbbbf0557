using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>Prompts one after the other, without padding; whatever is read of a prompt is read at its last token.</summary>
public sealed class TokenBatch
{
    /// <exception cref="ArgumentException">There is no prompt, or one is empty.</exception>
    public TokenBatch(IEnumerable<ImmutableArray<int>> prompts)
    {
        var list = prompts.ToList();
        if (list.Count == 0 || list.Exists(p => p.Length == 0))
        {
            throw new ArgumentException("A batch needs at least one prompt, and every prompt at least one token.", nameof(prompts));
        }

        Tokens = [.. list.SelectMany(p => p)];
        Sequences = new Sequences(list.Select(p => p.Length));
    }

    /// <summary>Token ids of all rows.</summary>
    public ImmutableArray<int> Tokens { get; }

    public Sequences Sequences { get; }

    /// <summary>Row of the last token of each of the sequences, <paramref name="times"/> copies of them in a row.</summary>
    public int[] LastRows(int times = 1)
    {
        var rows = new int[Sequences.Count * times];
        for (var k = 0; k < times; k++)
        {
            for (var s = 0; s < Sequences.Count; s++)
            {
                rows[(k * Sequences.Count) + s] = (k * Sequences.Rows) + Sequences.Offsets[s + 1] - 1;
            }
        }

        return rows;
    }
}
