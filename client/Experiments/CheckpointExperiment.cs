using System.Globalization;
using System.Text;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Experiments;

/// <summary>
/// The experiment on a folder of nothing but checkpoints: all tasks of the library with the default analysis. Its results go into a folder of their own,
/// <c>NAME.circuitgrid</c>, whose <c>experiment.yaml</c> makes it a run like any other.
/// </summary>
internal static class CheckpointExperiment
{
    private const string FolderSuffix = ".circuitgrid";

    /// <summary>The folder of results under another one.</summary>
    public static string FolderOf(string checkpoints, string under) => Path.Combine(under, NameOf(checkpoints) + FolderSuffix);

    /// <summary>The experiment as the text of a file says it.</summary>
    /// <param name="checkpoints">The folder of checkpoints.</param>
    /// <param name="pattern">The only pattern of their names; <see langword="null"/> for the suite's own, or else the usual ones.</param>
    public static string TextOf(string checkpoints, NamePattern? pattern = null)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {Quote(NameOf(checkpoints))}\n");
        text.Append(CultureInfo.InvariantCulture, $"suite: {Quote(Path.GetFullPath(checkpoints))}\n");
        text.Append(CultureInfo.InvariantCulture, $"tasks: [{string.Join(", ", TaskLibrary.Tasks.Select(t => t.Name))}]\n");
        if (pattern is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"pattern: {Quote(pattern.Text)}\n");
        }

        return text.ToString();
    }

    /// <summary>The experiment on a folder, as somebody has written it into the folder of its results or as it is without that.</summary>
    /// <param name="checkpoints">The folder of checkpoints.</param>
    /// <param name="results">The folder of its results, which need not be there.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InvalidInputException">The folder of results is another suite's.</exception>
    public static ExperimentSpec Read(string checkpoints, string results, CancellationToken cancellation)
    {
        var file = Path.Combine(results, ExperimentArgument.FileName);
        if (!File.Exists(file))
        {
            return ExperimentSpec.Parse(TextOf(checkpoints), checkpoints, checkpoints);
        }

        var spec = ExperimentSpec.Load(file, cancellation);
        return string.Equals(Path.TrimEndingDirectorySeparator(spec.Suite), Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoints)), StringComparison.Ordinal)
            ? spec
            : throw new InvalidInputException(results, $"holds results of {spec.Suite}, not of {checkpoints}; name another file with --store, or work in another folder");
    }

    /// <summary>Puts the experiment beside its results, so that other commands find it there; one that is there stays.</summary>
    /// <param name="checkpoints">The folder of checkpoints.</param>
    /// <param name="results">The folder of its results, which need not be there.</param>
    /// <param name="isWatched">Whether checkpoints may still have to come.</param>
    /// <exception cref="InvalidInputException">The checkpoints aren't a suite, or the file can't be written.</exception>
    public static void Write(string checkpoints, string results, NamePattern? pattern, bool isWatched = false)
    {
        var file = Path.Combine(results, ExperimentArgument.FileName);
        if (!File.Exists(file))
        {
            if (!isWatched || !WatchedSuite.HasNothingYet(checkpoints))
            {
                SuiteFolder.Open(checkpoints, pattern: pattern);
            }

            OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(TextOf(checkpoints, pattern))));
        }
    }

    private static string NameOf(string checkpoints) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoints))) is { Length: > 0 } name ? name : "checkpoints";

    /// <summary>A text as YAML reads it back, whatever is in it.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            quoted.Append(c is '"' or '\\' ? $"\\{c}" : char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c);
        }

        return quoted.Append('"').ToString();
    }
}
