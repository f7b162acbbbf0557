using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Grains.Experiments;
using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace CircuitGrid.Grains.Comparisons;

/// <summary>Circuit size against model size for one task. Its key is a <see cref="ScaleKey"/>.</summary>
[Alias("circuitgrid.IScaleGrain"), Version(1)]
public interface IScaleGrain : IGrainWithStringKey
{
    /// <summary>Takes in a model's part, in place of the one it had.</summary>
    [Alias("Update")]
    Task UpdateAsync(ScalePart part);

    /// <summary>The comparison as it is.</summary>
    [Alias("ViewScale")]
    Task<ScaleView> ViewAsync();
}

/// <summary>A comparison across sizes; see <see cref="ScaleComparison"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.ScaleView")]
public sealed record ScaleView(
    [property: Id(0)] ScalePart[] Models, [property: Id(1)] double PearsonParameters, [property: Id(2)] double SpearmanParameters, [property: Id(3)] double PearsonHeads);

/// <summary>Key of a scale comparison: <c>experiment/task</c>.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Task">The task.</param>
public sealed record ScaleKey(string Experiment, string Task)
{
    public static string Of(string experiment, string task) => $"{experiment}/{task}";

    public static ScaleKey Parse(string key) => key.Split('/') is [var experiment, var task]
        ? new(experiment, task)
        : throw new ArgumentException($"'{key}' is no key of a scale comparison.", nameof(key));
}

/// <summary>
/// Holds the parts in memory; a new activation asks the trajectories for them, and takes in what they tell meanwhile: a trajectory that is
/// telling couldn't answer otherwise.
/// </summary>
[Reentrant]
internal sealed class ScaleGrain : Grain, IScaleGrain
{
    private readonly ScaleComparison comparison = new(new());
    private readonly Dictionary<string, ScalePart> parts = new(StringComparer.Ordinal);
    private bool isFilled;

    private ScaleKey Key => ScaleKey.Parse(this.GetPrimaryKeyString());

    public Task UpdateAsync(ScalePart part)
    {
        parts[part.Model] = part;
        comparison.Update(new ScalePoint(new(part.Model, part.Parameters, part.Heads), part.MeanEdges, part.MeanNodes, part.Checkpoints));
        return Task.CompletedTask;
    }

    public async Task<ScaleView> ViewAsync()
    {
        if (!isFilled)
        {
            foreach (var model in await GrainFactory.GetGrain<IExperimentGrain>(Key.Experiment).ModelsAsync())
            {
                if (await GrainFactory.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(Key.Experiment, model, Key.Task)).ScalePartAsync() is { } part)
                {
                    await UpdateAsync(part);
                }
            }

            isFilled = true;
        }

        return new([.. comparison.Points.Select(p => parts[p.Model.Name])], comparison.PearsonParameters, comparison.SpearmanParameters, comparison.PearsonHeads);
    }
}
