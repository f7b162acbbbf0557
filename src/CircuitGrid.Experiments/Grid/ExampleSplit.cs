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
    public static (ExampleSplit Finding, ExampleSplit Judging) Of(int examples, int blocks, SplitRule split)
    {
        var all = Where(_ => true);
        return split == SplitRule.None ? (all, all) : (Where(b => b % 2 == 0), Where(b => b % 2 == 1));

        ExampleSplit Where(Func<int, bool> takes) => new(
            [.. Enumerable.Range(0, blocks).Where(takes)],
            [.. Enumerable.Range(0, examples).Where(e => takes(BlockScores.BlockOf(e, examples, blocks)))]);
    }
}
