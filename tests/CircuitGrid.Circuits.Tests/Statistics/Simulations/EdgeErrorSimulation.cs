using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Circuits.Tests.Statistics.Simulations;

/// <summary>Edge scores of sixteen blocks around known ones.</summary>
internal static class EdgeErrorSimulation
{
    public const int Experiments = 40;

    private const int Blocks = 16;

    /// <summary>How often a score's truth is within so many standard errors as Student's t says, over edges and experiments.</summary>
    public static double Coverage()
    {
        var truth = SimulatedBlocks.Means(1);
        var t = StudentT.Quantile(0.975, Blocks - 1);
        var covered = Enumerable.Range(0, Experiments).AsParallel().Sum(seed =>
        {
            var blocks = SimulatedBlocks.Draw(truth, 1, new Random(seed), Blocks);
            var mean = new float[truth.Length];
            blocks.Combine([.. Enumerable.Repeat(1, Blocks)], mean);
            var errors = EdgeBootstrap.Run(blocks, SimulatedBlocks.All(blocks), SimulatedBlocks.Rule, Simulated.Options with { Resamples = 1000 }).StandardErrors;
            return Enumerable.Range(0, truth.Length).Count(e => Math.Abs(mean[e] - truth[e]) <= t * errors[e]);
        });
        return (double)covered / (Experiments * truth.Length);
    }
}
