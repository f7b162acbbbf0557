using System.Collections.Immutable;
using System.Numerics;

namespace CircuitGrid.Models.Tokenization;

/// <summary>The place of every pair in the list of merges. A hash table of its own, because every pair of neighbours of every word is looked up.</summary>
internal sealed class MergeTable
{
    private const int None = -1;
    private const ulong Multiplier = 0x9E3779B97F4A7C15;

    private readonly ImmutableArray<Merge> _merges;
    private readonly int[] _ranks;
    private readonly int _shift;

    /// <param name="merges">Merges, first ones first; where a pair is listed twice the later place counts.</param>
    public MergeTable(ImmutableArray<Merge> merges)
    {
        _merges = merges;
        var capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, merges.Length * 2));
        _shift = 64 - BitOperations.Log2((uint)capacity);
        _ranks = new int[capacity];
        Array.Fill(_ranks, None);
        for (var rank = 0; rank < merges.Length; rank++)
        {
            _ranks[Slot(merges[rank].Left, merges[rank].Right)] = rank;
        }
    }

    /// <summary>The place of a pair; a negative number where it isn't listed.</summary>
    public int Rank(int left, int right) => _ranks[Slot(left, right)];

    /// <summary>The slot that holds a pair, or the free one where it would be.</summary>
    private int Slot(int left, int right)
    {
        var slot = (int)((((ulong)(uint)left << 32) | (uint)right) * Multiplier >> _shift);
        for (; _ranks[slot] is >= 0 and var rank && (_merges[rank].Left != left || _merges[rank].Right != right); slot = (slot + 1) & (_ranks.Length - 1))
        {
        }

        return slot;
    }
}
