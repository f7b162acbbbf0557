using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Experiments;

/// <summary>How a command line says to read a suite, and which cells of it are meant.</summary>
/// <param name="Ignored">Keys of other tools' files to ignore beside those that the experiment names.</param>
/// <param name="Pattern">The only pattern of checkpoints' names; <see langword="null"/> for the experiment's.</param>
internal sealed record SuiteReading(ImmutableSortedSet<string> Ignored, NamePattern? Pattern)
{
    /// <summary>The cells; <see langword="null"/> for the experiment's.</summary>
    public CellChoice? Choice { get; init; }

    /// <summary>An experiment that reads its suite so.</summary>
    /// <exception cref="InvalidInputException">A chosen task isn't known.</exception>
    public ExperimentSpec ApplyTo(ExperimentSpec experiment)
    {
        var read = experiment with { Ignore = [.. Ignored.Union(experiment.Ignore)], Pattern = Pattern ?? experiment.Pattern };
        return Choice?.ApplyTo(read) ?? read;
    }
}
