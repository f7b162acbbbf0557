using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Benchmarks.Documents;
using CircuitGrid.Circuits.Tests.Statistics;
using CircuitGrid.Circuits.Tests.Statistics.Simulations;

namespace CircuitGrid.Benchmarks.Coverage;

/// <summary>How often 95 % intervals hold a truth that is known: the table of docs/method.md, from the simulations that the tests bound.</summary>
internal static class CoverageTable
{
    public const string Command = "coverage";

    private static readonly string Usual = Count(Simulated.Experiments);

    private static readonly CoverageSimulation[] Simulations =
    [
        One("size n_80", SizeSimulation.Coverage),
        One("logistic midpoint, of a mean over examples", MidpointSimulation.CoverageOfMeans),
        One("logistic midpoint, of a score that is a ratio of sums", MidpointSimulation.CoverageOfRatios),
        One("Pearson's r of 24 points", () => CorrelationSimulation.Coverage(24, 0.6)),
        One("Pearson's r of 40 points", () => CorrelationSimulation.Coverage(40, -0.3)),
        new([new("edge score, ± t standard errors", $"{EdgeErrorSimulation.Experiments}, of {SimulatedBlocks.Graph.Edges} edges each")], () => [EdgeErrorSimulation.Coverage()]),
        One("difference from the noise ceiling, where nothing differs", NothingDiffers),
        Smoothed(16),
        Smoothed(8),
        One("head score", HeadScoreSimulation.Coverage),
        One("head score, linearised interval", HeadScoreSimulation.LinearCoverage),
        One("sum of head scores", HeadScoreSimulation.CoverageOfSums),
        Share(absolute: true, 0, "share of effects, absolute"),
        Share(absolute: false, 0, "share of effects, signed"),
        Share(absolute: true, 40, "share of effects, absolute, beside forty heads that do nothing"),
        Share(absolute: false, 40, "share of effects, signed, beside forty heads that do nothing"),
    ];

    /// <summary>The heads of the columns.</summary>
    public static ImmutableArray<string> Columns { get; } = ["interval that holds the truth, or what the row says", "experiments", "share"];

    /// <summary>What the rows are of.</summary>
    public static ImmutableArray<string> Labels { get; } = [.. Simulations.SelectMany(s => s.Rows).Select(r => r.Label)];

    public static int Run()
    {
        new MarkdownTable(Columns, [.. Simulations.SelectMany(Run)]).Write(Console.Out);
        return 0;
    }

    private static IEnumerable<ImmutableArray<string>> Run(CoverageSimulation simulation) =>
        simulation.Rows.Zip(simulation.Run(), (row, share) => (ImmutableArray<string>)[row.Label, row.Experiments, string.Create(CultureInfo.InvariantCulture, $"{100 * share:F1} %")]);

    private static CoverageSimulation One(string label, Func<double> coverage) => new([new(label, Usual)], () => [coverage()]);

    private static double NothingDiffers() => NoiseSimulation.OfNothing().Average(p => p.DifferenceInterval.Contains(0) ? 1 : 0.0);

    private static CoverageSimulation Smoothed(int blocks)
    {
        var (label, setting) = ($"smoothed similarity of six checkpoints, {blocks} blocks", Count(SmoothedSimulation.ExperimentsOfASetting));
        return new([new(label, Count(SmoothedSimulation.Experiments)), new($"{label}, worst of eight settings", setting), new($"{label}, best of them", setting)], Run);

        double[] Run()
        {
            var found = SmoothedSimulation.OfEverySetting(blocks);
            return [found.Average(f => f.Coverage), found.Min(f => f.Coverage), found.Max(f => f.Coverage)];
        }
    }

    private static CoverageSimulation Share(bool absolute, int idle, string label) => One(label, () => EffectShareSimulation.Coverage(EffectShareSimulation.Draw(absolute, idle)));

    private static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
