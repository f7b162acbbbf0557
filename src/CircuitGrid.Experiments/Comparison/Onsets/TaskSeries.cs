using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>Collects what results say about when models learn tasks, checkpoint by checkpoint. Not safe for several threads.</summary>
internal sealed class TaskSeries
{
    private readonly Dictionary<(string Suite, string Model, string Task), List<Point>> series = [];

    /// <summary>Takes in the next checkpoint of a trajectory.</summary>
    public void Add(PlannedCell cell, CellResult result)
    {
        var id = (cell.Id.Suite, cell.Id.Model, cell.Id.Task);
        if (!series.TryGetValue(id, out var points))
        {
            series.Add(id, points = []);
        }

        points.Add(new(new(cell.Id.Step, cell.Tokens), cell.Dataset!.Metric, TaskOnset.PresenceOf(result, cell.Dataset.Metric, cell.Analysis!.Threshold), result.Metrics));
    }

    /// <summary>The onsets of all trajectories in the order in which they came, a trajectory a thread.</summary>
    public ImmutableArray<TaskOnset> Onsets(BootstrapOptions options)
    {
        var all = series.ToArray();
        var onsets = new TaskOnset[all.Length];
        Parallel.For(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount }, i =>
        {
            var (id, points) = all[i];
            var rise = Rise.Of([.. points.Select(p => p.Moment.Tokens)], [.. points.Select(p => p.Metrics)], options);
            onsets[i] = new(
                id.Suite,
                id.Model,
                id.Task,
                CellResult.SmallestEffect(points[0].Metric),
                TrainingOnset.Of([.. points.Select(p => p.Moment)], [.. points.Select(p => p.Presence)], points.TrueForAll(p => p.Metrics.Length > 1), rise));
        });
        return [.. onsets];
    }

    private sealed record Point(TrainingMoment Moment, MetricKind Metric, Presence Presence, ImmutableArray<double> Metrics);
}
