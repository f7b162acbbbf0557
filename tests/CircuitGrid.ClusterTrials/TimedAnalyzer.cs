using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.ClusterTrials;

/// <summary>Reads real checkpoints. Its cells take a given time and no processor, and their results are invented.</summary>
/// <param name="pause">How long a cell takes.</param>
internal sealed class TimedAnalyzer(TimeSpan pause) : ICellAnalyzer
{
    private readonly CellAnalyzer real = CellAnalyzer.OnCpu();

    public string Numerics => real.Numerics;

    public int AlgorithmVersion => real.AlgorithmVersion;

    public string Device => "imagination";

    public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign) => real.Inspect(files, foreign);

    public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation) => real.Examine(files, ignored, cancellation);

    public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation) =>
        new Loaded(pause, real.Inspect(files, new(ignored)).Graph);

    private sealed class Loaded(TimeSpan pause, GraphShape graph) : ILoadedCheckpoint
    {
        public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation)
        {
            cancellation.WaitHandle.WaitOne(pause);
            cancellation.ThrowIfCancellationRequested();
            return FakeResults.Make(graph, seed: 1, skill: 5, dataset.Examples.Length, analysis.Blocks);
        }

        public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(
            TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) => throw new NotSupportedException("No trial asks for it.");

        public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation) => throw new NotSupportedException("No trial asks for it.");

        public void Dispose()
        {
        }
    }
}
