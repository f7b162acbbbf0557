using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tests.Statistics.Simulations;

namespace CircuitGrid.Circuits.Tests.Statistics;

/// <summary>The verdict's level and power on pairs whose truth is known; <c>CircuitGrid.Benchmarks verdict-simulation</c> counts a thousand of each.</summary>
public sealed class VerdictSimulationTests
{
    /// <summary>Where 2.5 % of 200 pairs may be called different, fourteen or more are in 1 of 1,700 experiments.</summary>
    [Theory]
    [InlineData(3, false)]
    [InlineData(10, false)]
    [InlineData(40, false)]
    [InlineData(3, true)]
    [InlineData(10, true)]
    [InlineData(40, true)]
    public void Verdict_WhereNothingDiffers_IsSeldomDifferent(int size, bool byTemplates) =>
        Assert.InRange(VerdictSimulation.Run(200, size, byTemplates, isSame: true).Count(v => v == DifferenceVerdict.Different), 0, 13);

    /// <summary>Every second path is another one: hardly ever the same, and most often different.</summary>
    [Theory]
    [InlineData(10, false)]
    [InlineData(20, true)]
    public void Verdict_WherePathsDiffer_IsDifferent(int size, bool byTemplates)
    {
        var verdicts = VerdictSimulation.Run(60, size, byTemplates, isSame: false);
        Assert.InRange(verdicts.Count(v => v == DifferenceVerdict.Different), 50, 60);
        Assert.DoesNotContain(DifferenceVerdict.Same, verdicts);
    }
}
