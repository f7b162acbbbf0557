using CircuitGrid.Experiments.Comparison.Onsets;

namespace CircuitGrid.Experiments.Tests.Comparison.Onsets;

/// <summary>A role against its task, with runs written as after, by and lost at, in steps; −1 is none.</summary>
public sealed class OnsetOrderTests
{
    [Theory]
    [InlineData(OnsetOrder.Before, "2 3 -1")]
    [InlineData(OnsetOrder.Before, "-1 0 -1")]
    [InlineData(OnsetOrder.Before, "2 4 -1")]
    [InlineData(OnsetOrder.With, "4 6 -1")]
    [InlineData(OnsetOrder.With, "4 6 8")]
    [InlineData(OnsetOrder.After, "6 8 -1")]
    [InlineData(OnsetOrder.After, "7 9 -1")]
    [InlineData(OnsetOrder.Undetermined, "3 5 -1")]
    [InlineData(OnsetOrder.Undetermined, "3 6 -1")]
    [InlineData(OnsetOrder.Undetermined, "5 8 -1")]
    [InlineData(OnsetOrder.Undetermined, "-1 6 -1")]
    [InlineData(OnsetOrder.Undetermined, "-1 9 -1")]
    [InlineData(OnsetOrder.Gone, "0 1 3")]
    [InlineData(OnsetOrder.Gone, "0 1 6")]
    [InlineData(OnsetOrder.Before, "0 1 7")]
    [InlineData(OnsetOrder.Gone, "0 1 3, 8 9 -1")]
    [InlineData(OnsetOrder.Before, "0 1 3, 3 4 -1")]
    [InlineData(OnsetOrder.Undetermined, "0 1 3, 3 5 -1")]
    [InlineData(OnsetOrder.Before, "0 1 -1, 3 5 -1")]
    [InlineData(OnsetOrder.Undetermined, "6 8 -1, 5 8 -1")]
    [InlineData(OnsetOrder.NotSeen, "")]
    public void Of_ATaskAfterFourBySix_IsWhatTheCheckpointsTell(OnsetOrder expected, string role) => Assert.Equal(expected, OnsetOrders.Of(Read(role), Read("4 6 -1")[0]));

    [Fact]
    public void Of_ATaskThatIsThereFromTheStart_TellsOnlyWhatComesAfter()
    {
        var task = Read("-1 0 -1")[0];
        Assert.Equal(OnsetOrder.Undetermined, OnsetOrders.Of(Read("-1 0 -1"), task));
        Assert.Equal(OnsetOrder.After, OnsetOrders.Of(Read("0 1 -1"), task));
        Assert.Equal(OnsetOrder.Undetermined, OnsetOrders.Of(Read("-1 1 -1"), task));
        Assert.Equal(OnsetOrder.NoTask, OnsetOrders.Of(Read("0 1 -1"), null));
    }

    private static TrainingRun[] Read(string runs) =>
    [
        .. runs.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(run =>
        {
            var parts = run.Split(' ').Select(p => int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
            return new TrainingRun(At(parts[0]), At(parts[1])!.Value, 3, At(parts[2]));
        }),
    ];

    private static TrainingMoment? At(int step) => step < 0 ? null : new(step, 1000.0 * step);
}
