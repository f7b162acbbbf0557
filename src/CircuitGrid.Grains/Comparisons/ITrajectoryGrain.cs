using CircuitGrid.Grains.Experiments;
using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Comparisons;

/// <summary>The circuits of one model and task along training, compared as they arrive. Its key is a <see cref="TrajectoryKey"/>.</summary>
[Alias("circuitgrid.ITrajectoryGrain"), Version(1)]
public interface ITrajectoryGrain : IGrainWithStringKey
{
    /// <summary>Says that results are there; what is known already is passed over.</summary>
    [Alias("Announce")]
    Task AnnounceAsync(CellArrival[] arrivals);

    /// <summary>The comparison as it is.</summary>
    [Alias("ViewTrajectory")]
    Task<TrajectoryView> ViewAsync();

    /// <summary>The model's part in the comparison across sizes; <see langword="null"/> where there is no result.</summary>
    [Alias("ScalePart")]
    Task<ScalePart?> ScalePartAsync();

    /// <summary>A checkpoint's circuit as a graph; <see langword="null"/> where there is no result.</summary>
    /// <param name="step">The checkpoint's step.</param>
    /// <param name="paths">How many of its strongest paths, at least 1.</param>
    [Alias("Circuit")]
    Task<CircuitView?> CircuitAsync(int step, int paths);

    /// <summary>How one checkpoint's circuit differs from another's; <see langword="null"/> where either has no result.</summary>
    [Alias("Change")]
    Task<CircuitChange?> ChangeAsync(int from, int to);
}

/// <summary>A comparison along training.</summary>
/// <param name="Steps">The checkpoints.</param>
/// <param name="Edges">Edges of their circuits.</param>
/// <param name="Nodes">Nodes of their circuits.</param>
/// <param name="Pairs">Neighbouring checkpoints that take part in averages.</param>
/// <param name="Rows">Rows of the overlap matrices computed by this activation so far.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.TrajectoryView")]
public sealed record TrajectoryView(
    [property: Id(0)] int[] Steps, [property: Id(1)] int[] Edges, [property: Id(2)] int[] Nodes, [property: Id(3)] PairView[] Pairs, [property: Id(4)] long Rows);

/// <summary>See <see cref="CircuitGrid.Experiments.Comparison.TrajectoryPair"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.PairView")]
public sealed record PairView(
    [property: Id(0)] int From,
    [property: Id(1)] int To,
    [property: Id(2)] double Edges,
    [property: Id(3)] double Nodes,
    [property: Id(4)] double Weighted,
    [property: Id(5)] double EdgeAverage,
    [property: Id(6)] double NodeAverage,
    [property: Id(7)] double WeightedInCircuits);

/// <summary>A model's mean circuit size; see <see cref="CircuitGrid.Experiments.Comparison.ScalePoint"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.ScalePart")]
public sealed record ScalePart(
    [property: Id(0)] string Model,
    [property: Id(1)] long Parameters,
    [property: Id(2)] int Heads,
    [property: Id(3)] double MeanEdges,
    [property: Id(4)] double MeanNodes,
    [property: Id(5)] int Checkpoints);

/// <summary>Key of a trajectory: <c>experiment/model/task</c>. None of them holds a slash.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Model">The model.</param>
/// <param name="Task">The task.</param>
public sealed record TrajectoryKey(string Experiment, string Model, string Task)
{
    public static string Of(string experiment, string model, string task) => $"{experiment}/{model}/{task}";

    public static TrajectoryKey Parse(string key) => key.Split('/') is [var experiment, var model, var task]
        ? new(experiment, model, task)
        : throw new ArgumentException($"'{key}' is no key of a trajectory.", nameof(key));
}
