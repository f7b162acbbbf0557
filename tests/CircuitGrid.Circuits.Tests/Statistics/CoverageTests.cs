using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tests.Statistics.Simulations;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>Experiments simulated with a known truth: how often an interval that says 95 % holds it.</summary>
public sealed class CoverageTests
{
    [Fact]
    public void SmallestBudget_WithANoisyCurve_IsCovered() => AssertCovered(SizeSimulation.Coverage());

    [Fact]
    public void LogisticMidpoint_OfATaskThatAppears_IsCovered() => AssertCovered(MidpointSimulation.CoverageOfMeans());

    [Fact]
    public void LogisticMidpoint_OfAScoreThatIsARatio_IsCovered() => AssertCovered(MidpointSimulation.CoverageOfRatios());

    [Theory]
    [InlineData(24, 0.6)]
    [InlineData(40, -0.3)]
    public void Pearson_OfANormalSample_IsCovered(int points, double truth) => AssertCovered(CorrelationSimulation.Coverage(points, truth));

    /// <summary>As many points as there may be and few: the interval is wide, and may be wider than it says.</summary>
    [Fact]
    public void Pearson_OfSixPoints_IsCoveredAtLeast()
    {
        Assert.InRange(CorrelationSimulation.Coverage(6, 0.6), 0.93, 1);
        Assert.True(double.IsNaN(CorrelationInterval.Pearson([1, 2, 3], [1, 2, 4], Simulated.Options).Interval.Low));
        Assert.True(double.IsNaN(CorrelationInterval.Spearman([1, 2, 3, 4], [1, 1, 1, 1], Simulated.Options).Value));
    }

    [Fact]
    public void EdgeScore_PlusMinusItsError_IsCovered() => AssertCovered(EdgeErrorSimulation.Coverage());

    /// <summary>"Different" must be rare where nothing differs, and found at times where something does.</summary>
    [Fact]
    public void NoiseComparison_OfTheSameTruth_IsCoveredAndSeldomDifferent()
    {
        var nothing = NoiseSimulation.OfNothing();
        AssertCovered(nothing.Average(c => c.DifferenceInterval.Contains(0) ? 1 : 0.0));
        Assert.InRange(NoiseSimulation.Different(nothing), 0, 0.035);
        Assert.InRange(nothing.Average(c => c.PValue < 0.05 ? 1 : 0.0), 0, 0.05);
        Assert.InRange(NoiseSimulation.Different(NoiseSimulation.OfMovedScores()), 0.5, 1);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void SmoothedSimilarity_OfCircuitsOnTheSameExamples_IsCovered(int blocks)
    {
        var found = SmoothedSimulation.OfEverySetting(blocks);
        AssertCovered(found.Average(f => f.Coverage));
        Assert.All(found, f => Assert.InRange(f.Coverage, 0.9, 1));

        // and no wider than it has to be
        Assert.InRange(found.Average(f => f.Error), 0.8, 1.2);
    }

    [Fact]
    public void HeadScore_OfUnitsThatDiffer_IsCovered() => AssertCovered(HeadScoreSimulation.Coverage());

    [Fact]
    public void LinearHeadScore_OfUnitsThatDiffer_IsCovered() => AssertCovered(HeadScoreSimulation.LinearCoverage());

    [Fact]
    public void SumOfHeadScores_OnTheSameUnits_IsCovered() => AssertCovered(HeadScoreSimulation.CoverageOfSums());

    /// <summary>Without and with forty heads that do nothing but vary.</summary>
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 40)]
    [InlineData(false, 40)]
    public void EffectShare_OfPromptsThatDiffer_IsCovered(bool absolute, int idle)
    {
        var drawn = EffectShareSimulation.Draw(absolute, idle);
        Assert.All(drawn, d => Assert.True(d.Interval.Contains(d.Value)));
        AssertCovered(EffectShareSimulation.Coverage(drawn));
    }

    private static void AssertCovered(double coverage) => Assert.InRange(coverage, 0.93, 0.97);
}
