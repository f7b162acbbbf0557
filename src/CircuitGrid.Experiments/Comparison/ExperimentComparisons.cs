using System.Collections.Immutable;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>
/// All comparisons of an experiment: a trajectory for every model and task, a scale comparison for every task. They are updated with each
/// result that arrives. Safe for several threads; what <see cref="Read{T}"/> passes on must not be used after it.
/// </summary>
public sealed class ExperimentComparisons(ComparisonOptions options)
{
    private static readonly Comparer<(string Model, string Task)> ByName = Comparer<(string Model, string Task)>.Create(
        (a, b) => string.CompareOrdinal(a.Model, b.Model) is var model and not 0 ? model : string.CompareOrdinal(a.Task, b.Task));

    private readonly Lock gate = new();
    private readonly SortedDictionary<(string Model, string Task), Trajectory> trajectories = new(ByName);
    private readonly SortedDictionary<string, ScaleComparison> scales = new(StringComparer.Ordinal);

    /// <summary>Takes in a result, in place of an earlier one of the same cell.</summary>
    /// <param name="model">The cell's model.</param>
    /// <param name="id">The cell.</param>
    /// <param name="tokens">Tokens the checkpoint has seen.</param>
    /// <param name="result">The cell's result.</param>
    /// <param name="scores">Fetches the scores again; they are kept in memory where it is left out.</param>
    /// <param name="isLeftOut">Whether its checkpoint is left out of averages and pairs.</param>
    /// <param name="settings">What it can be compared under.</param>
    /// <param name="goesOn">Whether another model's training goes on from this one's, which then stands for no size.</param>
    public void Add(
        ScaleModel model, CellId id, long tokens, CellResult result, Func<ImmutableArray<float>>? scores = null, bool isLeftOut = false, string settings = "", bool goesOn = false)
    {
        lock (gate)
        {
            if (!trajectories.TryGetValue((id.Model, id.Task), out var trajectory))
            {
                trajectories.Add((id.Model, id.Task), trajectory = new(options));
            }

            trajectory.Add(TrajectoryPoint.Of(id.Step, tokens, result, scores) with { IsLeftOut = isLeftOut, Settings = settings });
            if (!scales.TryGetValue(id.Task, out var scale))
            {
                scales.Add(id.Task, scale = new(options));
            }

            if (goesOn)
            {
                scale.Remove(model.Name);
            }
            else
            {
                scale.Update(model, trajectory);
            }
        }
    }

    /// <summary>Reads the comparisons while nobody changes them.</summary>
    public T Read<T>(Func<IReadOnlyDictionary<(string Model, string Task), Trajectory>, IReadOnlyDictionary<string, ScaleComparison>, T> read)
    {
        lock (gate)
        {
            return read(trajectories, scales);
        }
    }
}
