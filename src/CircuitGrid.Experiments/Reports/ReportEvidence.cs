using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Two consecutive circuits compared.</summary>
/// <param name="Difference">How they differ.</param>
/// <param name="Edges">Interval of the smoothed similarity of edges up to here; <see langword="null"/> where a circuit can't be found on halves of its examples.</param>
/// <param name="Nodes">That of nodes.</param>
internal sealed record ComparedCircuits(ReportDifference Difference, ReportInterval? Edges, ReportInterval? Nodes)
{
    /// <summary>Jaccard similarity of their edges.</summary>
    public double EdgeJaccard { get; init; }

    /// <summary>Jaccard similarity of their nodes.</summary>
    public double NodeJaccard { get; init; }
}

/// <summary>
/// How sure a report's circuits and their differences are. It takes the cells in the order of a plan and keeps the last one of every
/// trajectory alone, because the block scores of a whole experiment may be larger than the memory.
/// </summary>
internal sealed class ReportEvidence(GridPlan plan, BootstrapOptions options)
{
    /// <summary>Expected share, at most, of false ones among the differences that pass (Benjamini and Hochberg).</summary>
    private const double FalseDiscoveryRate = 0.05;

    private readonly Dictionary<(string Model, string Task), (PlacedCell Cell, CellEvidence Evidence)> last = [];
    private readonly Dictionary<(string Model, string Task), (SmoothedHalves Series, CellId End)> smoothed = [];
    private readonly List<Pair> pairs = [];

    /// <summary>The pairs that differ.</summary>
    public ImmutableArray<CellPair> Different => [.. pairs.Where(p => p.Verdict == DifferenceVerdict.Different).Select(p => p.Cells)];

    /// <summary>
    /// Takes in the next cells and compares each with the included one before it, a cell or a pair a thread: a small cell's resamples are soon
    /// done and not worth sharing out.
    /// </summary>
    public CellEvidence[] Add(IReadOnlyList<(PlacedCell Cell, CellResult Result)> cells)
    {
        var threads = new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount };
        var weighed = cells.Select(c => new CellEvidence(c.Result, c.Cell.Cell.Analysis!, c.Cell.Cell.Dataset, options with { Threads = 1 })).ToArray();
        Parallel.ForEach(weighed, threads, evidence => _ = (evidence.Certainty, evidence.SizeCurve, evidence.NormalizedSizeCurve, evidence.HalfCircuits, evidence.RandomCircuits));

        var neighbours = new List<(CellPair Cells, CellEvidence Before, CellEvidence After)>();
        foreach (var ((cell, result), evidence) in cells.Zip(weighed))
        {
            if (cell.Cell.LeftOut is null && plan.Experiment.Comparison.Includes(result.Status))
            {
                if (plan.LastBefore(cell.Cell.Id, last) is { Cell: { } earlier } before && string.Equals(earlier.Cell.Settings, cell.Cell.Settings, StringComparison.Ordinal))
                {
                    neighbours.Add((new(earlier, cell), before.Evidence, evidence));
                }

                last[TrajectoryOf(cell)] = (cell, evidence);
            }
        }

        var compared = new (double Corrected, double DegreeCorrected, NoiseComparison? Noise, HalvedSimilarity? Halved)[neighbours.Count];
        Parallel.For(0, compared.Length, threads, i =>
        {
            var (_, before, after) = neighbours[i];
            var jaccard = before.Result.Edges.OverlapWith(after.Result.Edges).Jaccard;
            compared[i] = (
                RandomOverlap.Correct(jaccard, RandomOverlap.ExpectedJaccard(before.Graph.Edges, before.Result.Edges.Count, after.Result.Edges.Count)),
                RandomOverlap.Correct(jaccard, RandomOverlap.MeanJaccard(before.RandomCircuits, after.RandomCircuits)),
                before.CompareNoise(after),
                HalvedSimilarity.Of(before, after));
        });
        foreach (var ((pair, before, after), (corrected, degreeCorrected, noise, halved)) in neighbours.Zip(compared))
        {
            if (!smoothed.TryGetValue(TrajectoryOf(pair.Second), out var found) || found.End != pair.First.Cell.Id)
            {
                found = (new(), pair.First.Cell.Id);
            }

            var series = found.Series;
            smoothed[TrajectoryOf(pair.Second)] = (series, pair.Second.Cell.Id);

            var (edges, nodes) = series.Next(before.Result, after.Result, halved);
            var sizes = SizeDifference.Judge(before.SizeInterval, after.SizeInterval);
            pairs.Add(new(pair, CircuitDifference.Judge(before.HasCircuit && after.HasCircuit, noise), sizes, CellComparison.ScopeOf(before, after), corrected, degreeCorrected, noise, edges, nodes)
            {
                EdgeJaccard = before.Result.Edges.OverlapWith(after.Result.Edges).Jaccard,
                NodeJaccard = before.Result.Nodes.OverlapWith(after.Result.Nodes).Jaccard,
            });
        }

        return weighed;
    }

    /// <summary>All pairs by their cells, with the p values adjusted over all of them.</summary>
    /// <param name="judged">What became of the pairs <see cref="Different"/>.</param>
    public Dictionary<(CellId From, CellId To), ComparedCircuits> Compared(IReadOnlyList<JudgedPair> judged)
    {
        double[] p = [.. pairs.Where(t => t.Noise is not null).Select(t => t.Noise!.PValue)];
        var (hochberg, yekutieli) = (FalseDiscovery.BenjaminiHochberg(p), FalseDiscovery.BenjaminiYekutieli(p));
        var (differences, tested, different) = (new Dictionary<(CellId From, CellId To), ComparedCircuits>(), 0, 0);
        foreach (var pair in pairs)
        {
            var judgement = pair.Verdict == DifferenceVerdict.Different ? judged[different++] : null;
            var difference = new ReportDifference
            {
                Verdict = VerdictNames.Of(pair.Verdict),
                SizeVerdict = VerdictNames.Of(pair.Sizes),
                Scope = SpecNames.Sampling.Of(pair.Scope),
                Corrected = Finite(pair.Corrected),
                DegreeCorrected = Finite(pair.DegreeCorrected),
                EarlierOnLater = judgement?.Cross?.FirstOnSecond,
                LaterOnEarlier = judgement?.Cross?.SecondOnFirst,
                Unjudged = judgement?.Why,
                JudgedLater = judgement is { Why: not null } ? judgement.IsForNow : null,
            };
            if (pair.Noise is { } noise)
            {
                difference = difference with
                {
                    Across = Finite(noise.Across),
                    Ceiling = Finite(noise.Ceiling),
                    Difference = Finite(noise.Difference),
                    Low = Finite(noise.DifferenceInterval.Low),
                    High = Finite(noise.DifferenceInterval.High),
                    SmallestShown = Finite(noise.SmallestShown),
                    P = Finite(noise.PValue),
                    Hochberg = hochberg[tested],
                    Yekutieli = yekutieli[tested],
                    Discovered = hochberg[tested++] <= FalseDiscoveryRate && pair.Verdict == DifferenceVerdict.Different,
                };
            }

            differences.Add((pair.Cells.First.Cell.Id, pair.Cells.Second.Cell.Id), new(difference, pair.Edges, pair.Nodes) { EdgeJaccard = pair.EdgeJaccard, NodeJaccard = pair.NodeJaccard });
        }

        return differences;
    }

    private static (string Model, string Task) TrajectoryOf(PlacedCell cell) => (cell.Cell.Id.Model, cell.Cell.Id.Task);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private sealed record Pair(
        CellPair Cells,
        DifferenceVerdict Verdict,
        SizeVerdict Sizes,
        SamplingRule Scope,
        double Corrected,
        double DegreeCorrected,
        NoiseComparison? Noise,
        ReportInterval? Edges,
        ReportInterval? Nodes)
    {
        public double EdgeJaccard { get; init; }

        public double NodeJaccard { get; init; }
    }
}
