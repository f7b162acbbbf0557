using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Reports;

/// <summary>When every model learns every task, from the metrics of a report's cells as they are read.</summary>
internal sealed class ReportOnsets(BootstrapOptions options)
{
    private readonly List<(string Model, string Task)> order = [];
    private readonly Dictionary<(string Model, string Task), List<(double Tokens, ImmutableArray<double> Metrics)>> series = [];

    /// <summary>Takes in the next checkpoint of a trajectory.</summary>
    public void Add(CellId id, long tokens, CellResult result)
    {
        if (!series.TryGetValue((id.Model, id.Task), out var points))
        {
            order.Add((id.Model, id.Task));
            series.Add((id.Model, id.Task), points = []);
        }

        points.Add((tokens, result.Metrics));
    }

    /// <summary>The onsets of all trajectories, a trajectory a thread.</summary>
    public ImmutableArray<ReportTaskOnset> Onsets()
    {
        // a checkpoint whose tokenizer makes other examples can't be resampled along with the rest
        var alike = order.FindAll(id => series[id].DistinctBy(p => p.Metrics.Length).Count() == 1);
        var onsets = new ReportTaskOnset[alike.Count];
        Parallel.For(0, onsets.Length, new ParallelOptions { MaxDegreeOfParallelism = options.Threads ?? Environment.ProcessorCount }, i =>
        {
            var points = series[alike[i]];
            var onset = Onset.Of([.. points.Select(p => p.Tokens)], [.. points.Select(p => p.Metrics)], options);
            onsets[i] = new(alike[i].Model, alike[i].Task, ReportRoleBuilder.Onset(onset));
        });
        return [.. onsets];
    }
}
