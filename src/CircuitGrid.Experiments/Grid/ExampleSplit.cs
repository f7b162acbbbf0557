using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Grid;

/// <summary>The examples that find a circuit, or that judge it.</summary>
/// <param name="Blocks">Their blocks.</param>
/// <param name="Examples">Their indices, ascending.</param>
internal readonly record struct ExampleSplit(ImmutableArray<int> Blocks, ImmutableArray<int> Examples)
{
    /// <summary>Even blocks find and odd ones judge; without a split all find, and nobody is left to judge but they.</summary>
    /// <param name="blockSizes">Examples of every block, [blocks].</param>
    /// <param name="split">Whether they are split.</param>
    public static (ExampleSplit Finding, ExampleSplit Judging) Of(ImmutableArray<int> blockSizes, SplitRule split)
    {
        var blockOf = BlockScores.BlocksOf(blockSizes);
        var all = Where(_ => true);
        return split == SplitRule.None ? (all, all) : (Where(b => b % 2 == 0), Where(b => b % 2 == 1));

        ExampleSplit Where(Func<int, bool> takes) => new(
            [.. Enumerable.Range(0, blockSizes.Length).Where(takes)],
            [.. Enumerable.Range(0, blockOf.Length).Where(e => takes(blockOf[e]))]);
    }
}
