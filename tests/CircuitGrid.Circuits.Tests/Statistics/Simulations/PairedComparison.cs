using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Compares two cells on the same prompts as an experiment does.</summary>
<<<<<<<< HEAD:tests/CircuitGrid.Circuits.Tests/Statistics/SimulatedComparison.cs
internal static class SimulatedComparison
========
internal static class PairedComparison
>>>>>>>> c865c7fbb900095a0a49aa8f3855184c00049d03:tests/CircuitGrid.Circuits.Tests/Statistics/Simulations/PairedComparison.cs
{
    /// <param name="first">The first cell.</param>
    /// <param name="second">The second, of as many units.</param>
    /// <param name="options">Numbers of splits and resamples.</param>
    /// <param name="budgets">The common sizes; that of the rules where none are given.</param>
    public static NoiseComparison Of(UnitScores first, UnitScores second, BootstrapOptions options, params ImmutableArray<int> budgets)
    {
        ImmutableArray<int> common = budgets.IsEmpty ? [first.Rule.Budget] : budgets;
        return NoiseComparison.Of(
            Halves(first, common, options),
            Halves(second, common, options),
            () => ExchangeTest.PValue(first, second, common, isPaired: true, options),
            ExchangeTest.LeastPValue(first.Units.Length, second.Units.Length, isPaired: true));
    }

    public static SplitHalves[] Halves(UnitScores scores, ImmutableArray<int> budgets, BootstrapOptions options) => [.. budgets.Select(budget => SplitHalves.Create(scores, budget, options))];
}
