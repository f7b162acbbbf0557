using System.Collections.Immutable;

namespace CircuitGrid.Compute;

/// <summary>
/// How the rows of an activation tensor [rows, width] divide into sequences that don't see each other. Sequences lie one after the
/// other without padding, so nothing is ever computed for a position that isn't there and results can't depend on padding.
/// A batch of integration points or candidate circuits is the same sequences repeated.
/// </summary>
public sealed class Sequences
{
    /// <param name="lengths">Number of positions of each sequence, all positive.</param>
    public Sequences(IEnumerable<int> lengths)
    {
        var offsets = ImmutableArray.CreateBuilder<int>();
        var rows = 0;
        offsets.Add(0);
        foreach (var length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
            rows = checked(rows + length);
            offsets.Add(rows);
            MaxLength = Math.Max(MaxLength, length);
        }

        Offsets = offsets.ToImmutable();
        var positions = ImmutableArray.CreateBuilder<int>(rows);
        for (var s = 0; s < Count; s++)
        {
            for (var p = 0; p < Length(s); p++)
            {
                positions.Add(p);
            }
        }

        Positions = positions.MoveToImmutable();
    }

    /// <summary>Number of sequences.</summary>
    public int Count => Offsets.Length - 1;

    /// <summary>Number of rows of all sequences together.</summary>
    public int Rows => Offsets[^1];

    /// <summary>First row of each sequence, and at the end the number of rows.</summary>
    public ImmutableArray<int> Offsets { get; }

    /// <summary>Position within its sequence of each row, zero-based.</summary>
    public ImmutableArray<int> Positions { get; }

    /// <summary>Length of the longest sequence.</summary>
    public int MaxLength { get; }

    /// <summary>Number of positions of sequence <paramref name="index"/>.</summary>
    public int Length(int index) => Offsets[index + 1] - Offsets[index];

    /// <summary>The same sequences <paramref name="times"/> times in a row.</summary>
    public Sequences Repeat(int times) =>
        times == 1 ? this : new(Enumerable.Range(0, times).SelectMany(_ => Enumerable.Range(0, Count).Select(Length)));
}
