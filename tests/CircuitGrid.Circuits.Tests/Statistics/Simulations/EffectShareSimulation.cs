using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>
/// Shares of effects that helping and hurting heads carry, on prompts that differ in what corruption costs and in every head's part of it: the truth is the
/// share expected of so many prompts.
/// </summary>
/// <param name="Value">The share.</param>
/// <param name="Interval">Its interval.</param>
internal sealed record EffectShareSimulation(double Value, Interval Interval)
{
    /// <param name="absolute">Whether effects count by their size.</param>
    /// <param name="idle">Heads beside the six that do nothing but vary.</param>
    public static EffectShareSimulation[] Draw(bool absolute, int idle)
    {
        double[] effects = [-0.6, -0.3, 0.15, -0.1, 0.05, -0.02, .. Enumerable.Repeat(0.0, idle)];
        HeadIndex[] heads = [.. Enumerable.Range(0, effects.Length).Select(h => new HeadIndex(0, h))];
        HeadIndex[] group = [heads[0], heads[2], heads[3]];
        return
        [
            .. Enumerable.Range(0, Simulated.Experiments).AsParallel().AsOrdered().Select(seed =>
            {
                var random = new Random(seed);
                var costs = Enumerable.Range(0, 32).Select(_ => 2 + (0.5 * SimulatedBlocks.Gaussian(random))).ToArray();
                var parts = effects.SelectMany(e => costs.Select(c => c * (e + ((0.02 + (0.4 * Math.Abs(e))) * SimulatedBlocks.Gaussian(random)))).ToArray()).ToArray();
                var table = new HeadTable(heads.Length, [.. heads.Select(h => parts.Skip(32 * h.Head).Take(32).Sum() / costs.Sum())]) { Samples = new(32, [.. parts], [.. costs]) };
                var (share, interval) = (EffectShare.Of(table, group, _ => true), EffectShareInterval.Of(table, group, heads)!);
                return absolute ? new EffectShareSimulation(share.Absolute!.Value, interval.Absolute) : new EffectShareSimulation(share.Signed!.Value, interval.Signed);
            }),
        ];
    }

    /// <summary>How often the intervals hold the mean share.</summary>
    public static double Coverage(IReadOnlyCollection<EffectShareSimulation> drawn)
    {
        var truth = drawn.Average(d => d.Value);
        return drawn.Average(d => d.Interval.Contains(truth) ? 1 : 0.0);
    }
}
