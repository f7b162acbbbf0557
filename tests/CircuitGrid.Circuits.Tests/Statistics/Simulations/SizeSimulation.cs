using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Faithfulness that rises as 1 − e^(−n/20) and passes 0.8 at 32.2; examples differ in how strong they are and how much a circuit keeps.</summary>
internal static class SizeSimulation
{
    private const double Threshold = 0.8;
    private const int Blocks = 16;

    private static readonly int[] Budgets = [5, 10, 18, 26, 32, 38, 46, 60, 90];

    /// <summary>How often the size's interval holds the true one.</summary>
    public static double Coverage()
    {
        var truth = TrueSize();
        return Simulated.Share(seed => Draw(seed).SmallestBudgetInterval.Contains(truth));
    }

    private static SizeCurve Draw(int seed)
    {
        var random = new Random(seed);
        var model = new double[Blocks];
        var circuits = new double[Budgets.Length * Blocks];
        for (var b = 0; b < Blocks; b++)
        {
            model[b] = 4 + SimulatedBlocks.Gaussian(random);
            var shift = 0.15 * SimulatedBlocks.Gaussian(random);
            for (var s = 0; s < Budgets.Length; s++)
            {
                circuits[(s * Blocks) + b] = model[b] * (Faithfulness(Budgets[s]) + shift + (0.02 * SimulatedBlocks.Gaussian(random)));
            }
        }

        return SizeCurve.Create(new([.. Budgets], [.. circuits], [.. model], [.. Enumerable.Repeat(2, Blocks)]), SimulatedBlocks.Each(Blocks), Threshold, Simulated.Options);
    }

    private static double Faithfulness(int budget) => 1 - Math.Exp(-budget / 20.0);

    /// <summary>Where the true curve, linear between the evaluated budgets as the estimate is, reaches the threshold.</summary>
    private static double TrueSize()
    {
        var s = Array.FindIndex(Budgets, b => Faithfulness(b) >= Threshold);
        var (low, high) = (Faithfulness(Budgets[s - 1]), Faithfulness(Budgets[s]));
        return Budgets[s - 1] + ((Budgets[s] - Budgets[s - 1]) * (Threshold - low) / (high - low));
    }
}
