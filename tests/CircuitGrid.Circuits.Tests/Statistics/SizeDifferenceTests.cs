using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics;

public sealed class SizeDifferenceTests
{
    private const double Never = double.PositiveInfinity;

    [Theory]
    [InlineData(1, 5, 6, 9, SizeVerdict.Different)]
    [InlineData(1, 5, 5, 9, SizeVerdict.Undecided)]
    [InlineData(10, 15, 10, 15, SizeVerdict.Same)]
    [InlineData(10, 12, 11, 15, SizeVerdict.Same)]
    [InlineData(10, 12, 11, 15.01, SizeVerdict.Undecided)]
    [InlineData(10, 10, 15, 15, SizeVerdict.Different)]
    [InlineData(7, 28, 9, 9, SizeVerdict.Undecided)]
    [InlineData(30, Never, 5, 10, SizeVerdict.Different)]
    [InlineData(9, Never, 5, 10, SizeVerdict.Undecided)]
    [InlineData(Never, Never, 5, 10, SizeVerdict.Different)]
    [InlineData(Never, Never, Never, Never, SizeVerdict.Undecided)]
    [InlineData(double.NaN, double.NaN, 5, 10, SizeVerdict.Unknown)]
    public void Judge_TwoIntervals_IsTheSameEitherWayRound(double firstLow, double firstHigh, double secondLow, double secondHigh, SizeVerdict expected)
    {
        Assert.Equal(expected, SizeDifference.Judge(new(firstLow, firstHigh), new(secondLow, secondHigh)));
        Assert.Equal(expected, SizeDifference.Judge(new(secondLow, secondHigh), new(firstLow, firstHigh)));
    }

    [Fact]
    public void Judge_WithoutAnInterval_IsUnknown()
    {
        Assert.Equal(SizeVerdict.Unknown, SizeDifference.Judge(null, new(1, 2)));
        Assert.Equal(SizeVerdict.Unknown, SizeDifference.Judge(new(1, 2), null));
        Assert.Equal(SizeVerdict.Unknown, SizeDifference.Judge(null, null));
    }
}
