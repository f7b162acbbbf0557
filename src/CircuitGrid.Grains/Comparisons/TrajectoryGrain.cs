using System.Collections.Immutable;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.Options;

namespace CircuitGrid.Grains.Comparisons;

/// <summary>
/// Holds the comparison in memory and pulls results from the store as they are announced: each adds one row. It keeps no state of its own;
/// a new activation asks the experiment for the results there are.
/// </summary>
internal sealed class TrajectoryGrain(ICellStore store, IOptions<ClusterOptions> options) : Grain, ITrajectoryGrain
{
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, CellArrival> known = [];
    private ScaleComparison? scale;
    private Trajectory? trajectory;
    private ScaleModel? model;
    private long rows;
    private bool isScaleBehind;
    private bool goesOn;
    private bool isTelling;
    private bool isGone;

    private TrajectoryKey Key => TrajectoryKey.Parse(this.GetPrimaryKeyString());

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        isGone = true;
        return Task.CompletedTask;
    }

    public async Task AnnounceAsync(CellArrival[] arrivals)
    {
        if (trajectory is null)
        {
            await FillAsync();
        }

        await TakeAsync(arrivals);
    }

    public async Task<TrajectoryView> ViewAsync()
    {
        if (trajectory is null)
        {
            await FillAsync();
        }

        return new(
            [.. trajectory!.Points.Select(p => p.Step)],
            [.. trajectory.Points.Select(p => p.Edges.Count)],
            [.. trajectory.Points.Select(p => p.Nodes.Count)],
            [.. trajectory.Pairs.Select(p => new PairView(p.From, p.To, p.Edges, p.Nodes, p.Weighted, p.EdgeAverage, p.NodeAverage, p.WeightedInCircuits))],
            rows);
    }

    public async Task<ScalePart?> ScalePartAsync()
    {
        if (trajectory is null)
        {
            await FillAsync();
        }

        return Part();
    }

    public async Task<CircuitView?> CircuitAsync(int step, int paths) =>
        await ResultAsync(step) is { } result ? await Task.Run(() => CircuitView.Of(result, paths)) : null;

    public async Task<CircuitChange?> ChangeAsync(int from, int to) =>
        await ResultAsync(from) is { } before && await ResultAsync(to) is { } after ? await Task.Run(() => CircuitChange.Of(before, after)) : null;

    private async Task<CellResult?> ResultAsync(int step)
    {
        if (trajectory is null)
        {
            await FillAsync();
        }

        return known.TryGetValue(step, out var arrival) ? await Task.Run(() => store.ReadAsync(new(arrival.Key))) : null;
    }

    private async Task FillAsync()
    {
        var experiment = GrainFactory.GetGrain<IExperimentGrain>(Key.Experiment);
        var view = await experiment.ViewAsync();
        var comparison = view is null ? new() : options.Value.ReadExperiment(view.Yaml).Comparison;
        var results = await experiment.ResultsAsync(Key.Model, Key.Task);
        scale = new(comparison);
        trajectory = new(comparison);
        await TakeAsync(results);
    }

    private async Task TakeAsync(CellArrival[] arrivals)
    {
        foreach (var arrival in arrivals.Where(a => !known.TryGetValue(a.Step, out var it) || it != a))
        {
            var key = new CellKey(arrival.Key);
            if (await Task.Run(() => store.ReadAsync(key)) is not { } result)
            {
                continue;
            }

            Func<ImmutableArray<float>>? scores = result.Scores.Length > GridReader.ManyEdges ? () => ReadScores(key) : null;
            trajectory!.Add(TrajectoryPoint.Of(arrival.Step, arrival.Tokens, result, scores) with { IsLeftOut = arrival.IsLeftOut, Settings = arrival.Settings });
            known[arrival.Step] = arrival;
            model = new(Key.Model, arrival.Parameters, arrival.Heads);
            rows++;
            goesOn = arrival.GoesOn;
            isScaleBehind = true;
        }

        if (isScaleBehind && !isTelling)
        {
            _ = TellScaleAsync();
        }
    }

    /// <summary>Tells the comparison across sizes. Nobody waits for it: it may be asking this one just then.</summary>
    private async Task TellScaleAsync()
    {
        isTelling = true;
        while (isScaleBehind && !isGone && Part() is { } part)
        {
            isScaleBehind = false;
            try
            {
                await GrainFactory.GetGrain<IScaleGrain>(ScaleKey.Of(Key.Experiment, Key.Task)).UpdateAsync(part);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                isScaleBehind = true;
                await Task.Delay(TellAgain);
            }
        }

        isTelling = false;
    }

    private ScalePart? Part()
    {
        if (model is null)
        {
            return null;
        }

        scale!.Update(model, trajectory!);
        return scale.Points is not [var point] ? null

            // a part of no checkpoints takes the place of one that is no end of a training any more
            : goesOn ? new(model.Name, model.Parameters, model.Heads, 0, 0, 0)
            : new(model.Name, model.Parameters, model.Heads, point.MeanEdges, point.MeanNodes, point.Checkpoints);
    }

    private ImmutableArray<float> ReadScores(CellKey key) =>
        Task.Run(() => store.ReadAsync(key)).GetAwaiter().GetResult()?.Scores
        ?? throw new InvalidOperationException($"Result {key} has left the store.");
}
