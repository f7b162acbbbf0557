using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// The cluster as a grid: plans and reads what its store has, and has silos do the rest. Cancelling a run or a watch stops looking at it;
/// the experiment goes on until the host is asked to cancel it. Events tell of results, which stay in the store.
/// </summary>
internal sealed class ClusterGrid(GridReaders readers, IExperimentHost host) : IGrid
{
    /// <summary>A key already says which numerics its result has.</summary>
    private readonly GridReader anyReader = readers.Of(ExperimentSpec.DefaultNumerics);

    public Task<GridPlan> PlanAsync(ExperimentSpec experiment, CancellationToken cancellation = default) =>
        readers.Of(experiment.Numerics).PlanAsync(experiment, isReady: null, cancellation);

    public Task<GridProgress> RunAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
        FollowAsync(experiment, watch: false, progress, cancellation);

    public Task WatchAsync(ExperimentSpec experiment, IProgress<GridEvent>? progress = null, CancellationToken cancellation = default) =>
        FollowAsync(experiment, watch: true, progress, cancellation);

    public Task<ExperimentComparisons> CompareAsync(ExperimentSpec experiment, CancellationToken cancellation = default) =>
        readers.Of(experiment.Numerics).CompareAsync(experiment, lookAgain: true, cancellation);

    public Task<ImmutableArray<JudgedPair>> JudgeAsync(
        ExperimentSpec experiment, IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        readers.JudgeAsync(experiment, pairs, maxWeightBytes, progress, cancellation);

    public Task<CellResult?> ReadAsync(CellKey key, CancellationToken cancellation = default) => anyReader.ReadAsync(key, cancellation);

    public Task<HeadScores?> ReadHeadsAsync(CellKey key, CancellationToken cancellation = default) => anyReader.ReadHeadsAsync(key, cancellation);

    public Task<Provenance?> ReadProvenanceAsync(CellKey key, CancellationToken cancellation = default) => anyReader.ReadProvenanceAsync(key, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<GridProgress> FollowAsync(ExperimentSpec experiment, bool watch, IProgress<GridEvent>? progress, CancellationToken cancellation)
    {
        var yaml = experiment.Yaml ?? throw new InvalidInputException(experiment.Name, "has no text to send to a cluster; read it from a file");
        var started = await host.StartAsync(yaml, watch, cancellation);
        await foreach (var happened in host.FollowAsync(started.Id, after: 0, cancellation))
        {
            progress?.Report(new(happened.Kind, happened.Cell, happened.Message, happened.Progress));
        }

        var ended = await host.FindAsync(started.Id, cancellation);
        return ended switch
        {
            { Phase: HostedPhase.Completed } => ended.Progress,
            { Phase: HostedPhase.Cancelled } => throw new OperationCanceledException($"Experiment {started.Id} was cancelled."),
            _ => throw new InvalidInputException(experiment.Name, ended?.Fault ?? "is gone from the cluster"),
        };
    }
}
