using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;

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
public sealed record TrajectoryPointResource(
    int Step, long Tokens, string Status, MeanInterval Metric, int Edges, int Nodes, FaithfulnessResource? Found, FaithfulnessResource? Judged);

/// <summary>One model and task along training.</summary>
public sealed record TrajectoryResource(string Model, string Task, IReadOnlyList<TrajectoryPointResource> Points, IReadOnlyList<TrajectoryPair> Pairs)
{
    public static TrajectoryResource Of(string model, string task, Trajectory trajectory) => new(
        model,
        task,
        [
            .. trajectory.Points.Select(p => new TrajectoryPointResource(
                p.Step,
                p.Tokens,
                CellStatusNames.Of(p.Status),
                p.Metric,
                p.Edges.Count,
                p.Nodes.Count,
                p.Found is { } found ? FaithfulnessResource.Of(found) : null,
                p.Judged is { } judged ? FaithfulnessResource.Of(judged) : null)),
        ],
        [.. trajectory.Pairs]);
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
