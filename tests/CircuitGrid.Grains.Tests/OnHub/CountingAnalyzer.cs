using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Grains.Tests.OnHub;

/// <summary>The real analysis, which says what it was asked for.</summary>
internal sealed class CountingAnalyzer : ICellAnalyzer
{
    private readonly CellAnalyzer real = CellAnalyzer.OnCpu();

    /// <summary>Called before weights are loaded.</summary>
    public Action<CheckpointFiles> BeforeLoad { get; init; } = _ => { };

    /// <summary>Analyses begun: content of the files, and the task.</summary>
    public ConcurrentQueue<string> Computed { get; } = new();

    public string Numerics => real.Numerics;

    public int AlgorithmVersion => real.AlgorithmVersion;

    public string Device => real.Device;

    public CheckpointInfo Inspect(CheckpointFiles files, ForeignKeys foreign) => real.Inspect(files, foreign);

    public CheckpointExamination Examine(CheckpointFiles files, ImmutableSortedSet<string> ignored, CancellationToken cancellation) => real.Examine(files, ignored, cancellation);

    public ILoadedCheckpoint Load(CheckpointFiles files, ImmutableSortedSet<string> ignored, int threads, long? workingMemory, CancellationToken cancellation)
    {
        BeforeLoad(files);
        return new Loaded(this, files, real.Load(files, ignored, threads, workingMemory, cancellation));
    }

    private sealed class Loaded(CountingAnalyzer owner, CheckpointFiles files, ILoadedCheckpoint real) : ILoadedCheckpoint
    {
        public CellResult Analyze(TaskDataset dataset, CellAnalysis analysis, int? expectedBudget, IProgress<double>? progress, CancellationToken cancellation)
        {
            owner.Computed.Enqueue($"{files.Content}/{dataset.Task}");
            return real.Analyze(dataset, analysis, expectedBudget, progress, cancellation);
        }

        public ImmutableArray<(Faithfulness Found, Faithfulness Judged)> Evaluate(TaskDataset dataset, CellAnalysis analysis, IReadOnlyList<BitMask> circuits, CancellationToken cancellation) =>
            real.Evaluate(dataset, analysis, circuits, cancellation);

        public HeadScores MeasureHeads(HeadScoreInputs inputs, BitMask? circuit, CancellationToken cancellation)
        {
            owner.Computed.Enqueue($"{files.Content}/heads");
            return real.MeasureHeads(inputs, circuit, cancellation);
        }

        public void Dispose() => real.Dispose();
    }
}
