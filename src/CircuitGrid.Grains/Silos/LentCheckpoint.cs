using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Grains.Silos;

/// <summary>Weights in a slot that is given back with them.</summary>
/// <param name="loaded">The weights.</param>
/// <param name="giveBack">Gives weights, slot and memory back.</param>
internal sealed class LentCheckpoint(ILoadedCheckpoint loaded, Action giveBack) : ILoadedCheckpoint
{
    private int returned;

    public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation) =>
        loaded.Analyze(dataset, analysis, expectedBudget, progress, cancellation);

    public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
        TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) =>
        loaded.Evaluate(dataset, analysis, circuits, cancellation);

    public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation) => loaded.MeasureHeads(inputs, circuit, cancellation);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref returned, 1) == 0)
        {
            giveBack();
        }
    }
}
