using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Experiments drawn with a known truth, one a seed. The tests and the table of docs/method.md run the same ones.</summary>
internal static class Simulated
{
    /// <summary>How many experiments there are of a kind, where no other number is given.</summary>
    public const int Experiments = 1000;

    /// <summary>How their intervals are computed.</summary>
    public static BootstrapOptions Options { get; } = new() { Resamples = 400, Threads = 1 };

    /// <summary>The share of experiments of which something holds.</summary>
    public static double Share(Func<int, bool> holds) => (double)Enumerable.Range(0, Experiments).AsParallel().Count(holds) / Experiments;
}
