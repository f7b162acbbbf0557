using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>
/// How sure a cell's circuit is, from what its result keeps: no model is run. Each part is computed when it is first asked for. Safe for
/// several threads.
/// </summary>
public sealed class CellEvidence
{
    private const int FewestUnits = 4;

    private readonly Lazy<EdgeCertainty?> certainty;
    private readonly Lazy<ImmutableArray<BitMask>?> halfCircuits;
    private readonly Lazy<SizeCurve?> size;
    private readonly Lazy<SizeCurve?> normalizedSize;
    private readonly ConcurrentDictionary<int, Lazy<SplitHalves>> halves = new();
    private readonly Lazy<string?> examples;
    private readonly BootstrapOptions options;
    private readonly Lazy<ImmutableArray<BitMask>> randomCircuits;

    /// <param name="result">The cell's result.</param>
    /// <param name="analysis">The analysis it is the result of.</param>
    /// <param name="dataset">Its examples, which say what the sampling units are; where they aren't at hand, every block is one.</param>
    /// <param name="options">Resamples, seed, threads; cells to be compared need the same.</param>
    public CellEvidence(CellResult result, CellAnalysis analysis, TaskDataset? dataset, BootstrapOptions? options = null)
    {
        this.options = options ??= new();
        Result = result;
        Analysis = analysis;
        Dataset = dataset;
        Graph = new(result.Graph);
        Units = dataset is null ? BlockUnits.Each(result.BlockCounts.Length) : SamplingUnits.Of(dataset, result.BlockCounts, analysis.Sampling);
        FindingUnits = Units.Groups(ExampleSplit.Of(result.BlockCounts, analysis.Split).Finding.Blocks);
        certainty = new(() => FindingUnits.Length < 2 || !HasCircuit ? null : EdgeBootstrap.Run(Means(), FindingUnits, Rule, options));
        halfCircuits = new(() => FindingUnits.Length < FewestUnits || !HasCircuit ? null : HalfSamples.Circuits(Means(), FindingUnits, Rule, options));
        size = new(() => SizesOf(isNormalized: false, options));
        normalizedSize = new(() => SizesOf(isNormalized: true, options));
        examples = new(() => dataset is null ? null : ExamplesDigest.Of(dataset));
        randomCircuits = new(() => RandomOverlap.DegreePreserving(Graph, result.Edges, options));
    }

    public CellResult Result { get; }

    public CellAnalysis Analysis { get; }

    /// <summary>The examples; <see langword="null"/> where they aren't at hand.</summary>
    public TaskDataset? Dataset { get; }

    public CircuitGraph Graph { get; }

    /// <summary>The sampling units of all blocks.</summary>
    public BlockUnits Units { get; }

    /// <summary>The blocks whose examples found the circuit, by sampling unit, [units].</summary>
    public ImmutableArray<ImmutableArray<int>> FindingUnits { get; }

    /// <summary>The interval of the size as far as it can be held against another's: it says how rankings differ. <see langword="null"/> where it doesn't.</summary>
    public Interval? SizeInterval => SizeCurve is { IncludesRanking: true } curve ? curve.SmallestBudgetInterval : null;

    /// <summary>Whether there is a circuit, reached or not.</summary>
    public bool HasCircuit => Result.Chosen is not null;

    /// <summary>Standard error and inclusion probability of every edge; <see langword="null"/> without a circuit or with one sampling unit.</summary>
    public EdgeCertainty? Certainty => certainty.Value;

    /// <summary>
    /// Circuits of the same budget, found on random halves of the sampling units that found this one; <see langword="null"/> without a circuit or with fewer than
    /// four such units.
    /// </summary>
    public ImmutableArray<BitMask>? HalfCircuits => halfCircuits.Value;

    /// <summary>Faithfulness over size on the examples that find; <see langword="null"/> without a circuit.</summary>
    public SizeCurve? SizeCurve => size.Value;

    /// <summary>The same of normalised faithfulness, which is 0.9 at 0.8 of m(M) where m(∅) = −m(M); <see langword="null"/> after a bisection, too.</summary>
    public SizeCurve? NormalizedSizeCurve => normalizedSize.Value;

    /// <summary>Whether the circuit can be compared with its noise: there is one, and enough sampling units.</summary>
    public bool HasHalves => HasCircuit && Units.Count >= FewestUnits;

    /// <summary>Mean Jaccard similarity of circuits of this size from two halves of the sampling units; <see langword="null"/> where there are none.</summary>
    public double? Ceiling => HasHalves ? HalvesAt(Result.Budget).Ceiling : null;

    /// <summary>Scores by sampling unit.</summary>
    public UnitScores Scores => new(Means(), Units.Groups(Enumerable.Range(0, Result.BlockCounts.Length)), Rule);

    /// <summary>Random circuits with the degrees of this one.</summary>
    public ImmutableArray<BitMask> RandomCircuits => randomCircuits.Value;

    /// <summary>The sizes of the search in the order it first came to them: by size on a grid, otherwise as the sizes and the threshold determine.</summary>
    public ImmutableArray<SizePoint> SearchPath
    {
        get
        {
            if (Analysis.Search == SearchRule.Grid)
            {
                return Result.Sizes;
            }

            var path = ImmutableArray.CreateBuilder<SizePoint>();
            var (low, high) = (1, Math.Clamp(Analysis.MaxEdges, 1, Graph.Edges));
            while (Result.Sizes.FirstOrDefault(s => s.Budget == low + ((high - low) / 2)) is { } size)
            {
                if (!path.Contains(size))
                {
                    path.Add(size);
                }

                if (low == high)
                {
                    break;
                }

                (low, high) = Result.FoundFaithfulness(size).Value >= Analysis.Threshold ? (low, size.Budget) : (size.Budget + 1, high);
            }

            return path.ToImmutable();
        }
    }

    /// <summary>Circuits of halves of the sampling units, of any budget.</summary>
    /// <exception cref="ArgumentException">There are too few units.</exception>
    public SplitHalves HalvesAt(int budget) => halves.GetOrAdd(budget, b => new(() => SplitHalves.Create(Scores, b, options))).Value;

    /// <summary>Compares with another cell's circuit; <see langword="null"/> where one of the two has none, or too few sampling units.</summary>
    /// <exception cref="ArgumentException">The cells are of different graphs, or resampled differently.</exception>
    public NoiseComparison? CompareNoise(CellEvidence other)
    {
        if (!HasHalves || !other.HasHalves)
        {
            return null;
        }

        ImmutableArray<int> budgets = [.. new[] { Result.Budget, other.Result.Budget }.Distinct().Order()];
        var isPaired = HasSameExamplesAs(other);
        return NoiseComparison.Of(
            [.. budgets.Select(HalvesAt)],
            [.. budgets.Select(other.HalvesAt)],
            () => ExchangeTest.PValue(Scores, other.Scores, budgets, isPaired, options),
            ExchangeTest.LeastPValue(Units.Count, other.Units.Count, isPaired));
    }

    /// <summary>Whether the examples are the same, and cut into the same units.</summary>
    public bool HasSameExamplesAs(CellEvidence other) =>
        examples.Value is { } mine && string.Equals(mine, other.examples.Value, StringComparison.Ordinal) && Units.OfBlock.SequenceEqual(other.Units.OfBlock);

    /// <summary>Whether the same blocks find the circuit, in the same units.</summary>
    public bool HasSameUnitsAs(CellEvidence other) =>
        FindingUnits.Length == other.FindingUnits.Length && FindingUnits.Zip(other.FindingUnits, (a, b) => a.SequenceEqual(b)).All(same => same);

    private CircuitRule Rule => new(Analysis.Selection, Analysis.Absolute, Result.Budget);

    private BlockMeans Means() => new(Graph, Result.BlockScores, Result.BlockCounts);

    /// <summary>The sizes evaluated; <see langword="null"/> without any, or in results that don't keep their metrics by blocks.</summary>
    private SizeCurve? SizesOf(bool isNormalized, BootstrapOptions options)
    {
        // a bisection looked for one crossing of plain faithfulness, and tried no sizes for another
        var isRelative = isNormalized || Result.MetricWithoutZero is not null;
        if (Result.SizeMetrics.IsEmpty || (isNormalized && Result.MetricWithoutZero is null && Analysis.Search == SearchRule.Bisection))
        {
            return null;
        }

        var (model, ablated) = (MeansOf(Result.Metrics), isRelative ? MeansOf(Result.AblatedMetrics) : (ImmutableArray<double>?)null);
        var sizes = Evaluations(Result.SizeMetrics);
        var halves = Result.Halves.IsEmpty ? null : new HalfRankings(Evaluations(Result.HalfMetrics), [WeightsOf(0), WeightsOf(1)]);
        return Analysis.Search == SearchRule.Bisection
            ? Circuits.Statistics.SizeCurve.Create(sizes, FindingUnits, Analysis.Threshold, options)
            : Circuits.Statistics.SizeCurve.Create(sizes, halves, FindingUnits, Analysis.Threshold, options);

        SizeEvaluations Evaluations(ImmutableArray<double> circuits) => new([.. Result.Sizes.Select(s => s.Budget)], circuits, model, Result.BlockCounts, ablated);

        ImmutableArray<int> WeightsOf(int half) => [.. Result.Halves.Select(h => h == half ? 1 : 0)];
    }

    private ImmutableArray<double> MeansOf(ImmutableArray<double> values)
    {
        var means = ImmutableArray.CreateBuilder<double>(Result.BlockCounts.Length);
        var first = 0;
        foreach (var count in Result.BlockCounts)
        {
            means.Add(values.AsSpan().Slice(first, count).ToArray().Average());
            first += count;
        }

        return means.MoveToImmutable();
    }
}
