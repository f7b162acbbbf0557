using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Experiments;

/// <summary>Which of an experiment's cells a command line asks for; what it doesn't name is the experiment's.</summary>
/// <param name="Models">Names of models; <see langword="null"/> for the experiment's.</param>
/// <param name="Tasks">Names of tasks; <see langword="null"/> for the experiment's.</param>
/// <param name="Checkpoints">The checkpoints; <see langword="null"/> for the experiment's.</param>
internal sealed record CellChoice(ImmutableArray<string>? Models, ImmutableArray<string>? Tasks, CheckpointSelection? Checkpoints)
{
    /// <summary>An experiment of the chosen cells. A task is taken as the experiment says it, else as the library has it.</summary>
    /// <exception cref="InvalidInputException">There is no such task.</exception>
    public ExperimentSpec ApplyTo(ExperimentSpec experiment) => experiment with
    {
        Models = Models ?? experiment.Models,
        Tasks = Tasks is { } tasks ? [.. tasks.Select(name => Find(experiment, name))] : experiment.Tasks,
        Checkpoints = Checkpoints ?? experiment.Checkpoints,
    };

    private static TaskSpec Find(ExperimentSpec experiment, string name)
    {
        if (experiment.Tasks.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal)) is { } own)
        {
            return own;
        }

        string[] known = [.. experiment.Tasks.Select(t => t.Name).Union(TaskLibrary.Tasks.Select(t => t.Name), StringComparer.Ordinal)];
        return known.Contains(name, StringComparer.Ordinal)
            ? new(name)
            : throw new InvalidInputException($"--tasks {name}", $"is no task of the experiment or the library{NearestName.Hint(name, known)}");
    }
}
