using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Placement;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Suites;

/// <summary>
/// Says what a silo sees of suites in folders. Its key is the silo's address, and it lives there. Silos of former versions have none: what they see isn't known.
/// </summary>
[Alias("circuitgrid.ISuiteSightGrain"), Version(1)]
public interface ISuiteSightGrain : IGrainWithStringKey
{
    /// <summary>The models and checkpoints that an experiment asks for.</summary>
    /// <param name="yaml">The experiment's text.</param>
    [Alias("See")]
    Task<SuiteSight> SeeAsync(string yaml);
}

/// <inheritdoc cref="ISuiteSightGrain"/>
[OnNamedSilo]
internal sealed class SuiteSightGrain(IOptions<ClusterOptions> options, IExperimentSource source) : Grain, ISuiteSightGrain
{
    public async Task<SuiteSight> SeeAsync(string yaml)
    {
        try
        {
            var spec = options.Value.ReadExperiment(yaml);
            var suite = await Task.Run(() => source.OpenSuiteAsync(spec, CancellationToken.None));
            return new(
                Fault: null,
                [.. suite.Models.Where(spec.Takes).Select(m => new ModelSight(m.Name, [.. m.Steps.Where(spec.Checkpoints.Includes)])).Where(m => m.Steps.Length > 0)]);
        }
        catch (InvalidInputException e)
        {
            return new(e.Reason, []);
        }
    }
}

/// <summary>What a silo sees of a suite.</summary>
/// <param name="Fault">Why it can't use it, without the suite's place; <see langword="null"/> where it can.</param>
/// <param name="Models">Models with checkpoints that are asked for.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.SuiteSight")]
public sealed record SuiteSight([property: Id(0)] string? Fault, [property: Id(1)] ModelSight[] Models)
{
    /// <summary>Whether it sees a model, or a checkpoint of it.</summary>
    public bool Has(string model, int? step) =>
        Array.Find(Models, m => string.Equals(m.Name, model, StringComparison.Ordinal)) is { } found && (step is not { } asked || found.Steps.Contains(asked));
}

/// <summary>What a silo sees of a model.</summary>
/// <param name="Name">The model.</param>
/// <param name="Steps">Its checkpoints.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.ModelSight")]
public sealed record ModelSight([property: Id(0)] string Name, [property: Id(1)] int[] Steps);
