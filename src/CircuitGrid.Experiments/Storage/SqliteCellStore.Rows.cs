using CircuitGrid.Circuits.Search;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Storage;

public sealed partial class SqliteCellStore
{
    private void InsertCell(CellKey key, CellResult result, Provenance provenance)
    {
        var metric = result.Metric;
        var chosen = result.Chosen;
        Faithfulness? found = chosen is null ? null : result.FoundFaithfulness(chosen);
        Faithfulness? judged = chosen is null ? null : result.JudgedFaithfulness(chosen);
        Execute(
            """
            INSERT OR IGNORE INTO cells VALUES ($key, $status, $examples, $metric, $low, $high, $ablated, $accuracy, $graph, $budget, $edges, $nodes,
                $found, $judged, $normalizedFound, $normalizedJudged, $seconds, $load, $work, $threads, $host, $device, $program, $started, $finished)
            """,
            [
                ("$key", key.Value),
                ("$status", CellStatusNames.Of(result.Status)),
                ("$examples", result.Metrics.Length),
                ("$metric", Finite(metric.Mean)),
                ("$low", Finite(metric.Low)),
                ("$high", Finite(metric.High)),
                ("$ablated", Finite(result.AblatedMetric)),
                ("$accuracy", result.Accuracy),
                ("$graph", result.Scores.Length),
                ("$budget", chosen?.Budget),
                ("$edges", chosen?.Edges),
                ("$nodes", chosen?.Nodes),
                ("$found", Finite(found?.Value)),
                ("$judged", Finite(judged?.Value)),
                ("$normalizedFound", Finite(found?.Normalized)),
                ("$normalizedJudged", Finite(judged?.Normalized)),
                .. Parameters(provenance),
            ]);
    }

    /// <summary>A row with nothing but where head scores come from, so that they count, are claimed and forecast like any cell.</summary>
    private void InsertHeads(CellKey key, Provenance provenance) => Execute(
        """
        INSERT OR IGNORE INTO cells (key, status, examples, accuracy, graph_edges, seconds, load_seconds, work, threads, host, device, program, started, finished)
        VALUES ($key, $status, 0, 0, 0, $seconds, $load, $work, $threads, $host, $device, $program, $started, $finished)
        """,
        [("$key", key.Value), ("$status", CellId.HeadsTask), .. Parameters(provenance)]);

    private static (string Name, object? Value)[] Parameters(Provenance provenance) =>
    [
        ("$seconds", provenance.Seconds),
        ("$load", provenance.LoadSeconds),
        ("$work", provenance.Work),
        ("$threads", provenance.Threads),
        ("$host", provenance.Host),
        ("$device", provenance.Device),
        ("$program", provenance.Program),
        ("$started", Text(provenance.Started)),
        ("$finished", Text(provenance.Finished)),
    ];

    /// <summary>Replaces an older row of the same name and key, so that the latest name is the last row.</summary>
    private void InsertName(CellId id, CellFingerprint fingerprint) => Execute(
        """
        INSERT OR REPLACE INTO names (suite, model, step, task, key, model_digest, examples_digest, analysis, numerics, algorithm)
        VALUES ($suite, $model, $step, $task, $key, $modelDigest, $examplesDigest, $analysis, $numerics, $algorithm)
        """,
        [
            .. Parameters(id),
            ("$key", fingerprint.Key.Value),
            ("$modelDigest", fingerprint.ModelDigest),
            ("$examplesDigest", fingerprint.ExamplesDigest),
            ("$analysis", fingerprint.Analysis),
            ("$numerics", fingerprint.Numerics),
            ("$algorithm", fingerprint.AlgorithmVersion),
        ]);

    private static (string Name, object? Value)[] Parameters(CellId id) =>
        [("$suite", id.Suite), ("$model", id.Model), ("$step", id.Step), ("$task", id.Task)];

    /// <summary>SQLite takes NaN for NULL; infinities, too, tell a reader nothing.</summary>
    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
