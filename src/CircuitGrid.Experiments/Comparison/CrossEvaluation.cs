using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>A cell of a plan with the checkpoint it is of and what its result says.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Evidence">Its result.</param>
public sealed record EvidencedCell(PlannedCheckpoint Checkpoint, PlannedCell Cell, CellEvidence Evidence);

/// <summary>
/// Judges each of two circuits in the other's place: on the other cell's model, every edge outside it ablated, and on the examples that the
/// other's circuit was found on. Those are where a circuit keeps the threshold in its own place, so that not to keep it is the place's doing.
/// </summary>
public static class CrossEvaluation
{
    /// <param name="analyzer">Loads the two checkpoints, one after the other.</param>
    /// <param name="first">One cell, with a circuit.</param>
    /// <param name="second">Another of the same graph.</param>
    /// <param name="threads">Threads to compute with.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <returns>Faithfulness of each, and the larger of the two analyses' thresholds.</returns>
    /// <exception cref="InvalidInputException">A checkpoint can't be used.</exception>
    public static CrossFaithfulness Run(ICellAnalyzer analyzer, EvidencedCell first, EvidencedCell second, int threads, CancellationToken cancellation)
    {
        var threshold = Math.Max(first.Evidence.Analysis.Threshold, second.Evidence.Analysis.Threshold);
        return new(Judge(first, second), Judge(second, first), threshold);

        double Judge(EvidencedCell circuit, EvidencedCell place)
        {
            using var loaded = analyzer.Load(place.Checkpoint.Folder, threads, workingMemory: null, cancellation);
            return loaded.Evaluate(place.Cell.Dataset!, place.Evidence.Analysis, [circuit.Evidence.Result.Edges], cancellation)[0].Found.Value;
        }
    }
}
