using CircuitGrid.Models.Suites;

namespace CircuitGrid.Models.Tests.Suites;

public sealed class CheckpointScheduleTests
{
    [Theory]
    [InlineData("linear", 143, 1000, 143_000)]
    [InlineData("all", 154, 0, 143_000)]
    [InlineData("exponential", 18, 1, 131_000)]
    [InlineData("detail", 33, 1000, 140_000)]
    [InlineData("exp-plus-detail", 43, 1, 140_000)]
    [InlineData("late-start-detail", 31, 4000, 140_000)]
    [InlineData("late-start", 140, 4000, 143_000)]
    [InlineData("sparse", 28, 256, 143_000)]
    public void ByName_EverySchedule_HasItsStepsAscending(string name, int count, int first, int last)
    {
        var steps = CheckpointSchedule.ByName[name];

        Assert.Equal(count, steps.Length);
        Assert.Equal((first, last), (steps[0], steps[^1]));
        Assert.Equal(steps.Distinct().Order(), steps);
        Assert.Subset(CheckpointSchedule.All.ToHashSet(), steps.ToHashSet());
    }

    [Fact]
    public void ByName_HasNoOtherSchedules() => Assert.Equal(8, CheckpointSchedule.ByName.Count);

    [Fact]
    public void Exponential_WrittenOut() => Assert.Equal(
        [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 4000, 8000, 16000, 33000, 66000, 131000], CheckpointSchedule.Exponential);

    [Fact]
    public void Sparse_WrittenOut() => Assert.Equal(
        [
            256, 512, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 15000, 20000, 25000, 30000, 35000, 40000, 45000,
            50000, 60000, 70000, 80000, 90000, 100000, 120000, 140000, 143000,
        ],
        CheckpointSchedule.Sparse);

    /// <summary>Published token counts: 1,024 sequences of 2,048 tokens a step.</summary>
    [Theory]
    [InlineData(1, 2_097_152)]
    [InlineData(1000, 2_097_152_000)]
    [InlineData(143_000, 299_892_736_000)]
    public void Tokens_OfASavedStep_ArePublishedOnes(int step, long tokens)
    {
        Assert.Contains(step, CheckpointSchedule.All);
        Assert.Equal(tokens, step * SuiteFolder.PythiaTokensPerStep);
    }
}
