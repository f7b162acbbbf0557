using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Experiments;

/// <summary>
/// What a command is to work on: an experiment file; a folder that holds an <c>experiment.yaml</c>, e.g. the demo's; or a folder of
/// checkpoints, on which all tasks of the library are run with the default analysis.
/// </summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Folder">Where its store and report are kept unless others are named.</param>
/// <param name="Prefix">What their names begin with, so that several experiments of one folder keep apart.</param>
internal sealed record ExperimentArgument(ExperimentSpec Experiment, string Folder, string Prefix)
{
    public const string FileName = "experiment.yaml";

    public string Store => Path.Combine(Folder, $"{Prefix}results.db");

    public string Report => Path.Combine(Folder, $"{Prefix}report.html");

    public string Summary => Path.Combine(Folder, $"{Prefix}summary.json");

    /// <summary>Finds out what a path is and reads it.</summary>
    /// <param name="path">The path.</param>
    /// <param name="ignored">Keys of other tools' files to ignore beside those that the experiment names.</param>
    /// <exception cref="InvalidInputException">It is none of these, or the experiment can't be used.</exception>
    public static ExperimentArgument Read(string path, ImmutableSortedSet<string> ignored)
    {
        if (Directory.Exists(path))
        {
            var file = Path.Combine(path, FileName);
            return new(With(File.Exists(file) ? ExperimentSpec.Load(file) : OnAllTasks(path), ignored), path, "");
        }

        if (!File.Exists(path))
        {
            throw new InvalidInputException(path, "doesn't exist; name an experiment file (YAML) or a folder of checkpoints");
        }

        var name = Path.GetFileName(path);
        return new(
            With(ExperimentSpec.Load(path), ignored),
            Path.GetDirectoryName(Path.GetFullPath(path))!,
            string.Equals(name, FileName, StringComparison.Ordinal) ? "" : $"{Path.GetFileNameWithoutExtension(name)}.");
    }

    private static ExperimentSpec With(ExperimentSpec experiment, ImmutableSortedSet<string> ignored) => experiment with { Ignore = [.. ignored.Union(experiment.Ignore)] };

    private static ExperimentSpec OnAllTasks(string folder) => new()
    {
        Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
        Suite = Path.GetFullPath(folder),
        Tasks = [.. TaskLibrary.Tasks.Select(t => new TaskSpec(t.Name))],
    };
}
