using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Web.Api;

/// <summary>The figures of a task's cell.</summary>
public sealed record ResultResource(
    string Key,
    string Status,
    GraphShape Graph,
    int GraphEdges,
    MeanInterval Metric,
    double AblatedMetric,
    double Accuracy,
    int? Budget,
    int? Edges,
    int? Nodes,
    FaithfulnessResource? Found,
    FaithfulnessResource? Judged,
    IReadOnlyList<SizeResource> Sizes,
    IReadOnlyList<double> Metrics)
{
    public static ResultResource Of(CellKey key, CellResult result)
    {
        var chosen = result.Chosen;
        return new(
            key.Value,
            CellStatusNames.Of(result.Status),
            result.Graph,
            result.Scores.Length,
            result.Metric,
            result.AblatedMetric,
            result.Accuracy,
            chosen?.Budget,
            chosen?.Edges,
            chosen?.Nodes,
            chosen is null ? null : FaithfulnessResource.Of(result.FoundFaithfulness(chosen)),
            chosen is null ? null : FaithfulnessResource.Of(result.JudgedFaithfulness(chosen)),
            [.. result.Sizes.Select(s => new SizeResource(s.Budget, s.Edges, s.Nodes, result.FoundFaithfulness(s).Value, result.JudgedFaithfulness(s).Value))],
            [.. result.Metrics]);
    }
}

/// <summary>Faithfulness, plain and normalised.</summary>
public sealed record FaithfulnessResource(double Value, double Normalized)
{
    public static FaithfulnessResource Of(Faithfulness faithfulness) => new(faithfulness.Value, faithfulness.Normalized);
}

/// <summary>A circuit size that was evaluated.</summary>
public sealed record SizeResource(int Budget, int Edges, int Nodes, double Found, double Judged);

/// <summary>An edge of a circuit.</summary>
/// <param name="Edge">Its name as in graph files.</param>
public sealed record EdgeResource(string Edge, double Score);

/// <summary>The circuit of a cell.</summary>
public sealed record CircuitResource(string Key, GraphShape Graph, IReadOnlyList<string> Nodes, IReadOnlyList<EdgeResource> Edges)
{
    public static CircuitResource Of(CellKey key, CellResult result)
    {
        var graph = new CircuitGraph(result.Graph);
        return new(
            key.Value,
            result.Graph,
            [.. result.Nodes.Indices().Select(n => GraphNames.Node(graph, n))],
            [.. result.Edges.Indices().Select(e => new EdgeResource(GraphNames.Edge(graph, e), result.Scores[e]))]);
    }
}

/// <summary>A checkpoint of a trajectory.</summary>
/// <param name="Tokens">Tokens the checkpoint has seen; <see langword="null"/> where nobody knows them.</param>
/// <param name="TokensKnown">How <paramref name="Tokens"/> are known.</param>
public sealed record TrajectoryPointResource(
    int Step,
    long? Tokens,
    string Status,
    MeanInterval Metric,
    int Edges,
    int Nodes,
    FaithfulnessResource? Found,
    FaithfulnessResource? Judged,
    TokensKnown TokensKnown);

/// <summary>One model and task along training.</summary>
/// <param name="Stage">The model's stage of training; <see langword="null"/> where there is one only.</param>
/// <param name="Branch">The stage's branch; <see langword="null"/> where it has none.</param>
/// <param name="Seed">The seed; <see langword="null"/> where names say none.</param>
/// <param name="Parent">The model whose training this one's goes on from; <see langword="null"/> for none.</param>
public sealed record TrajectoryResource(
    string Model,
    string Task,
    IReadOnlyList<TrajectoryPointResource> Points,
    IReadOnlyList<TrajectoryPair> Pairs,
    string? Stage,
    string? Branch,
    string? Seed,
    string? Parent)
{
    public static TrajectoryResource Of(string model, string task, Trajectory trajectory, GridPlan plan)
    {
        var known = plan.Suite.Find(model);
        var cells = plan.Cells.Where(c => c.Id.Model == model && c.Id.Task == task).ToDictionary(c => c.Id.Step);
        return new(
            model,
            task,
            [.. trajectory.Points.Select(p => Of(p, cells.GetValueOrDefault(p.Step)))],
            [.. trajectory.Pairs],
            known?.Stage,
            known?.Branch,
            known?.Seed,
            known?.Parent);
    }

    /// <summary>A point whose checkpoint has gone since isn't in the plan.</summary>
    private static TrajectoryPointResource Of(TrajectoryPoint point, PlannedCell? cell) => new(
        point.Step,
        cell?.TokensSeen,
        CellStatusNames.Of(point.Status),
        point.Metric,
        point.Edges.Count,
        point.Nodes.Count,
        point.Found is { } found ? FaithfulnessResource.Of(found) : null,
        point.Judged is { } judged ? FaithfulnessResource.Of(judged) : null,
        cell?.TokensKnown ?? TokensKnown.Unknown);
}

/// <summary>Circuit size against model size for one task; correlations are over sizes, and why there are none is said.</summary>
public sealed record ScaleResource(
    string Task,
    double PearsonParameters,
    double SpearmanParameters,
    double PearsonHeads,
    string? NoCorrelation,
    IReadOnlyList<ScaleSize> Sizes,
    IReadOnlyList<ScalePoint> Models)
{
    public static ScaleResource Of(string task, ScaleComparison scale) =>
        new(task, scale.PearsonParameters, scale.SpearmanParameters, scale.PearsonHeads, scale.NoCorrelation, scale.Sizes, [.. scale.Points]);
}
