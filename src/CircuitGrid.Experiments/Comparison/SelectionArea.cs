using System.Collections.Immutable;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>MIB's areas for a cell's scores, once selecting by |score| and once by the signed score.</summary>
/// <param name="Faithfulness">Normalised faithfulness at <see cref="FaithfulnessArea.Shares"/> of all edges.</param>
/// <param name="Area">CPR and CMD, and which of the two selections they are of.</param>
public sealed record SelectionArea(ImmutableArray<double> Faithfulness, FaithfulnessArea Area)
{
    /// <summary>Runs the circuits of ten sizes for both selections, on the examples that judge.</summary>
    /// <param name="analyzer">Loads the checkpoint.</param>
    /// <param name="cell">The cell whose scores rank the edges.</param>
    /// <param name="rule">Which circuits.</param>
    /// <param name="threads">Threads to compute with.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <exception cref="InvalidInputException">The checkpoint can't be used.</exception>
    public static (SelectionArea Absolute, SelectionArea Signed) Run(ICellAnalyzer analyzer, EvidencedCell cell, AreaRule rule, int threads, CancellationToken cancellation)
    {
        var (evidence, graph) = (cell.Evidence, cell.Evidence.Graph);
        using var loaded = analyzer.Load(cell.Checkpoint.Files, cell.Checkpoint.Model.Ignored, threads, workingMemory: null, cancellation);
        return (Area(absolute: true), Area(absolute: false));

        SelectionArea Area(bool absolute)
        {
            var ranking = EdgeRanking.Create(graph, evidence.Result.Scores.AsSpan(), AreaRules.SelectionOf(rule, evidence.Analysis), absolute);
            var budgets = FaithfulnessArea.Budgets(graph.Edges, AreaRules.BudgetOf(rule));
            BitMask[] circuits = [.. budgets.Select(n => BitMask.FromIndices(graph.Edges, ranking.Select(n).EdgeIndices()))];
            ImmutableArray<double> faithfulness = [.. loaded.Evaluate(cell.Cell.Dataset!, evidence.Analysis, circuits, cancellation).Select(f => f.Judged.Normalized)];
            return new(faithfulness, FaithfulnessArea.Of(FaithfulnessArea.Shares, faithfulness.AsSpan(), absolute));
        }
    }
}
