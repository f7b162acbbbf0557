using System.Collections.Immutable;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Experiments;

/// <summary>How a command line says to read a suite.</summary>
/// <param name="Ignored">Keys of other tools' files to ignore beside those that the experiment names.</param>
/// <param name="Pattern">The only pattern of checkpoints' names; <see langword="null"/> for the experiment's.</param>
internal sealed record SuiteReading(ImmutableSortedSet<string> Ignored, NamePattern? Pattern)
{
    /// <summary>An experiment that reads its suite so.</summary>
    public ExperimentSpec ApplyTo(ExperimentSpec experiment) =>
        experiment with { Ignore = [.. Ignored.Union(experiment.Ignore)], Pattern = Pattern ?? experiment.Pattern };
}
