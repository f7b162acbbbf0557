using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Two consecutive circuits compared.</summary>
/// <param name="Difference">How they differ.</param>
/// <param name="Edges">Interval of the smoothed similarity of edges up to here; <see langword="null"/> where a circuit can't be resampled.</param>
/// <param name="Nodes">That of nodes.</param>
internal sealed record ComparedCircuits(ReportDifference Difference, ReportInterval? Edges, ReportInterval? Nodes);

/// <summary>
/// How sure a report's circuits and their differences are. It takes the cells in the order of a plan and keeps the last one of every
/// trajectory alone, because the block scores of a whole experiment may be larger than the memory.
/// </summary>
internal sealed class ReportEvidence(ComparisonOptions comparison, BootstrapOptions options)
{
    /// <summary>Expected share, at most, of false ones among the differences that pass (Benjamini and Hochberg).</summary>
    private const double FalseDiscoveryRate = 0.05;

    private readonly Dictionary<(string Model, string Task), (int Step, CellEvidence Evidence)> last = [];
    private readonly Dictionary<(string Model, string Task), SmoothedResamples> smoothed = [];
    private readonly List<((string Model, string Task, int From) Id, double Corrected, NoiseComparison? Noise, ReportInterval? Edges, ReportInterval? Nodes)> pairs = [];

    /// <summary>
    /// Takes in the next cells and compares each with the included one before it, a cell or a pair a thread: a small cell's resamples are soon
    /// done and not worth sharing out.
    /// </summary>
    public CellEvidence[] Add(IReadOnlyList<(CellId Id, CellResult Result, CellAnalysis Analysis)> cells)
    {
        var threads = new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount };
        var weighed = cells.Select(c => new CellEvidence(c.Result, c.Analysis, options with { Threads = 1 })).ToArray();
        Parallel.ForEach(weighed, threads, evidence => _ = (evidence.Certainty, evidence.SizeCurve, evidence.Halves));

        var neighbours = new List<((string Model, string Task, int From) Id, CellEvidence Before, CellEvidence After)>();
        foreach (var ((id, result, _), evidence) in cells.Zip(weighed))
        {
            if (comparison.Includes(result.Status))
            {
                if (last.TryGetValue((id.Model, id.Task), out var before))
                {
                    neighbours.Add(((id.Model, id.Task, before.Step), before.Evidence, evidence));
                }

                last[(id.Model, id.Task)] = (id.Step, evidence);
            }
        }

        var compared = new (double Corrected, NoiseComparison? Noise, ResampledSimilarity? Resampled)[neighbours.Count];
        Parallel.For(0, compared.Length, threads, i =>
        {
            var (_, before, after) = neighbours[i];
            var noise = before.Halves is { } first && after.Halves is { } second ? NoiseComparison.Of(first, second) : null;
            compared[i] = (Corrected(before.Result.Edges, after.Result.Edges), noise, ResampledSimilarity.Of(before, after));
        });
        foreach (var ((id, before, after), (corrected, noise, resampled)) in neighbours.Zip(compared))
        {
            if (!smoothed.TryGetValue((id.Model, id.Task), out var series))
            {
                smoothed.Add((id.Model, id.Task), series = new());
            }

            var (edges, nodes) = series.Next(before.Result, after.Result, resampled);
            pairs.Add((id, corrected, noise, edges, nodes));
        }

        return weighed;
    }

    /// <summary>All pairs by their earlier cell, with the p values adjusted over all of them.</summary>
    public Dictionary<(string Model, string Task, int From), ComparedCircuits> Compared()
    {
        var tested = pairs.Where(p => p.Noise is not null).ToArray();
        double[] p = [.. tested.Select(t => t.Noise!.PValue)];
        var (hochberg, yekutieli) = (FalseDiscovery.BenjaminiHochberg(p), FalseDiscovery.BenjaminiYekutieli(p));
        var differences = pairs.ToDictionary(
            pair => pair.Id,
            pair => new ComparedCircuits(
                new() { Verdict = VerdictNames.Of(CircuitDifference.Judge(pair.Noise)), Corrected = Finite(pair.Corrected) }, pair.Edges, pair.Nodes));
        for (var i = 0; i < tested.Length; i++)
        {
            var (id, noise) = (tested[i].Id, tested[i].Noise!);
            var difference = differences[id].Difference with
            {
                Across = Finite(noise.Across),
                Ceiling = Finite(noise.Ceiling),
                Difference = Finite(noise.Difference),
                Low = Finite(noise.DifferenceInterval.Low),
                High = Finite(noise.DifferenceInterval.High),
                P = Finite(noise.PValue),
                Hochberg = hochberg[i],
                Yekutieli = yekutieli[i],
                Discovered = hochberg[i] <= FalseDiscoveryRate,
            };
            differences[id] = differences[id] with { Difference = difference };
        }

        return differences;
    }

    private static double Corrected(BitMask a, BitMask b) =>
        RandomOverlap.Correct(a.OverlapWith(b).Jaccard, RandomOverlap.ExpectedJaccard(a.Length, a.Count, b.Count));

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
