using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Comparison.Onsets;

/// <summary>Collects what results say about when models learn tasks, checkpoint by checkpoint. Not safe for several threads.</summary>
/// <param name="suite">The suite, whose models may go on from each other's training: an onset is looked for from its beginning on.</param>
internal sealed class TaskSeries(SuiteFolder suite)
{
    private readonly Dictionary<(string Suite, string Model, string Task), List<Point>> series = [];

    /// <summary>Takes in the next checkpoint of a trajectory.</summary>
    public void Add(PlannedCell cell, CellResult result)
    {
        if (cell.LeftOut is not null)
        {
            return;
        }

        var id = (cell.Id.Suite, cell.Id.Model, cell.Id.Task);
        if (!series.TryGetValue(id, out var points))
        {
            series.Add(id, points = []);
        }

        var dataset = cell.Dataset!;
        points.Add(new(
            new(cell.Id.Step, cell.Tokens),
            cell.TokensKnown,
            dataset.Metric,
            TaskOnset.PresenceOf(result, dataset.Metric, cell.Analysis!.Threshold, dataset),
            [.. SamplingUnits.OfExamples(dataset.Examples).Zip(result.Effects).GroupBy(e => e.First, e => e.Second).Select(unit => unit.ToImmutableArray())]));
    }

    /// <summary>The onsets of all trajectories in the order in which they came, a trajectory a thread.</summary>
    public ImmutableArray<TaskOnset> Onsets(BootstrapOptions options)
    {
        var all = series.ToArray();
        var onsets = new TaskOnset[all.Length];
        Parallel.For(0, all.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount }, i =>
        {
            var (id, own) = all[i];
            List<Point> points = [.. Before(id), .. own];

            // a checkpoint with other units can't be resampled along with the rest
            var units = points.TrueForAll(p => p.Units.Length == points[0].Units.Length) ? points[0].Units.Length : 0;
            var rise = Rise.Of(
                [.. points.Select(p => p.Moment.Tokens)], [.. points.Select(p => p.Units.SelectMany(u => u).Average())], units, (t, drawn) => drawn.SelectMany(u => points[t].Units[u]).Average(), options);
            var onset = TrainingOnset.Of([.. points.Select(p => p.Moment)], [.. points.Select(p => p.Presence)], points.TrueForAll(p => p.Units.Length > 1), rise);
            onsets[i] = new(
                id.Suite,
                id.Model,
                id.Task,
                CellResult.SmallestEffect(points[0].Metric),
                onset)
            {
                IsInherited = points.Count > own.Count && onset.First is { } first && first.By.Tokens < own[0].Moment.Tokens,
                TokensKnown = points.Max(p => p.TokensKnown),
            };
        });
        return [.. onsets];
    }

    /// <summary>The checkpoints of the trainings that a model's goes on from, the first of them first.</summary>
    private IEnumerable<Point> Before((string Suite, string Model, string Task) id) => suite.Find(id.Model)?.Parent is { } parent
        ? Before(id with { Model = parent }).Concat(series.GetValueOrDefault(id with { Model = parent }, []))
        : [];

    /// <param name="Units">The effects of the examples of every prompt, [prompts][examples]: examples of one prompt are drawn together.</param>
    private sealed record Point(TrainingMoment Moment, TokensKnown TokensKnown, MetricKind Metric, Presence Presence, ImmutableArray<ImmutableArray<double>> Units);
}
