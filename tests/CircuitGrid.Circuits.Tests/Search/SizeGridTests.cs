using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Search;

public sealed class SizeGridTests
{
    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(4, new[] { 1, 2, 3, 4 })]
    [InlineData(10, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    [InlineData(11, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 })]
    [InlineData(15, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15 })]
    [InlineData(1617, new[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 22, 33, 47, 68, 100, 150, 220, 330, 470, 680, 1000, 1500, 1617 })]
    public void UpTo_SomeBudgets_IsAsByHand(int max, int[] expected) => Assert.Equal(expected, SizeGrid.UpTo(max));

    /// <summary>Cells of a model, and of models of other sizes, are evaluated at the same sizes: only the last, the largest budget, is a grid's own.</summary>
    [Fact]
    public void UpTo_AnyBudget_IsTheSameGridUpToItsOwnEnd()
    {
        var longest = SizeGrid.UpTo(int.MaxValue);
        for (var max = 1L; max < int.MaxValue; max = (max * 5 / 4) + 1)
        {
            var sizes = SizeGrid.UpTo((int)max);
            Assert.Equal([.. longest.Where(size => size < max), (int)max], sizes);
        }
    }

    /// <summary>What counts as a size that is determined is no finer than the grid is.</summary>
    [Fact]
    public void UpTo_FromTenOn_StepsByHalfAtMostAndByTwoFifthsAtLeast()
    {
        var sizes = SizeGrid.UpTo(int.MaxValue)[9..^1];
        var ratios = sizes.Skip(1).Zip(sizes, (next, size) => (double)next / size).ToArray();
        Assert.All(ratios, ratio => Assert.InRange(ratio, 1.4, SizeCurve.Resolution));
        Assert.Equal(SizeCurve.Resolution, ratios.Max());
    }

    [Fact]
    public void UpTo_Nothing_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => SizeGrid.UpTo(0));
}
