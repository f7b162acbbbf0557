using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Statistics;

/// <summary>
/// Which blocks of examples are drawn together, because they are one thing of which there could have been others: all blocks of a template, or blocks that share a
/// prompt.
/// </summary>
/// <param name="OfBlock">The unit of every block, numbered from 0 in the order of their first blocks, [blocks].</param>
public sealed record BlockUnits(ImmutableArray<int> OfBlock)
{
    /// <summary>Number of units.</summary>
    public int Count { get; } = OfBlock.IsEmpty ? 0 : OfBlock.Max() + 1;

    /// <summary>Every block is a unit of its own.</summary>
    public static BlockUnits Each(int blocks) => new([.. Enumerable.Range(0, blocks)]);

    /// <summary>The blocks of every unit, ascending, [units].</summary>
    /// <param name="from">The blocks that count; units without any are left out.</param>
    public ImmutableArray<ImmutableArray<int>> Groups(IEnumerable<int> from) => [.. from.GroupBy(block => OfBlock[block]).OrderBy(g => g.Key).Select(g => g.Order().ToImmutableArray())];
}
