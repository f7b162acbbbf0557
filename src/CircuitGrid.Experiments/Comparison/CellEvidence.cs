using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
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
    private const int LeastBlocks = 4;

    private readonly Lazy<EdgeCertainty?> certainty;
    private readonly Lazy<ImmutableArray<BitMask>?> halfCircuits;
    private readonly Lazy<SizeCurve?> size;
    private readonly Lazy<SplitHalves?> halves;
    private readonly Lazy<ImmutableArray<BitMask>> randomCircuits;

    /// <param name="result">The cell's result.</param>
    /// <param name="analysis">The analysis it is the result of.</param>
    /// <param name="options">Resamples, seed, threads; cells to be compared need the same.</param>
    public CellEvidence(CellResult result, CellAnalysis analysis, BootstrapOptions? options = null)
    {
        options ??= new();
        Result = result;
        Analysis = analysis;
        Graph = new(result.Graph);
        certainty = new(() => FindingBlocks.Length < 2 || !HasCircuit ? null : EdgeBootstrap.Run(Means(), FindingBlocks, Rule, options));
        halfCircuits = new(() => FindingBlocks.Length < LeastBlocks || !HasCircuit ? null : HalfSamples.Circuits(Means(), FindingBlocks, Rule, options));
        var sizes = SizesOf(result);
        size = new(() => sizes is null ? null : Circuits.Statistics.SizeCurve.Create(sizes, FindingBlocks, analysis.Threshold, options));
        halves = new(() => result.BlockCounts.Length < LeastBlocks || !HasCircuit
            ? null
            : SplitHalves.Create(Means(), Rule, sizes is null ? null : weights => sizes.SmallestBudget(weights, analysis.Threshold), options));
        randomCircuits = new(() => RandomOverlap.DegreePreserving(Graph, result.Edges, options));
    }

    public CellResult Result { get; }

    public CellAnalysis Analysis { get; }

    public CircuitGraph Graph { get; }

    /// <summary>The blocks whose examples found the circuit.</summary>
    public ImmutableArray<int> FindingBlocks => ExampleSplit.Of(Result.Metrics.Length, Result.BlockCounts.Length, Analysis.Split).Finding.Blocks;

    /// <summary>Whether there is a circuit, reached or not.</summary>
    public bool HasCircuit => Result.Chosen is not null;

    /// <summary>Standard error and inclusion probability of every edge; <see langword="null"/> without a circuit or with one block.</summary>
    public EdgeCertainty? Certainty => certainty.Value;

    /// <summary>
    /// Circuits of the same budget, found on random halves of the blocks that found this one; <see langword="null"/> without a circuit or with fewer than four
    /// such blocks.
    /// </summary>
    public ImmutableArray<BitMask>? HalfCircuits => halfCircuits.Value;

    /// <summary>Faithfulness over size on the examples that find; <see langword="null"/> without a circuit.</summary>
    public SizeCurve? SizeCurve => size.Value;

    /// <summary>Circuits of halves of the examples, each of the size that keeps the threshold on its half; <see langword="null"/> without a circuit or with fewer than four blocks.</summary>
    public SplitHalves? Halves => halves.Value;

    /// <summary>Random circuits with the degrees of this one.</summary>
    public ImmutableArray<BitMask> RandomCircuits => randomCircuits.Value;

    /// <summary>The sizes of the search in the order it first came to them, which the sizes and the threshold determine.</summary>
    public ImmutableArray<SizePoint> SearchPath
    {
        get
        {
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

    private CircuitRule Rule => new(Analysis.Selection, Analysis.Absolute, Result.Budget);

    private BlockMeans Means() => new(Graph, Result.BlockScores, Result.BlockCounts);

    /// <summary>The sizes evaluated; <see langword="null"/> without any, or in results that don't keep their metrics by blocks.</summary>
    private static SizeEvaluations? SizesOf(CellResult result)
    {
        if (result.SizeMetrics.IsEmpty)
        {
            return null;
        }

        var model = ImmutableArray.CreateBuilder<double>(result.BlockCounts.Length);
        var first = 0;
        foreach (var count in result.BlockCounts)
        {
            model.Add(result.Metrics.Skip(first).Take(count).Average());
            first += count;
        }

        return new([.. result.Sizes.Select(s => s.Budget)], result.SizeMetrics, model.MoveToImmutable(), result.BlockCounts);
    }
}
