using System.Globalization;
using System.Text;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;

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

    /// <summary>The folder of results of a suite on the hub under another one.</summary>
    public static string FolderOfRemote(string address, string under) => Path.Combine(under, RemoteSuite.NameOf(address) + FolderSuffix);

    /// <summary>The experiment on a suite on the hub: all tasks of the library.</summary>
    /// <param name="suite">The suite's address, as experiments keep it.</param>
    public static ExperimentSpec OnHub(string suite) => new()
    {
        Name = RemoteSuite.NameOf(suite),
        Suite = suite,
        Tasks = [.. TaskLibrary.Tasks.Select(t => new TaskSpec(t.Name))],
    };

    /// <summary>The experiment as the text of a file says it.</summary>
    /// <param name="experiment">An experiment of tasks of the library with the default analysis.</param>
    public static string TextOf(ExperimentSpec experiment)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"name: {Quote(experiment.Name)}\n");
        text.Append(CultureInfo.InvariantCulture, $"suite: {Quote(experiment.Suite)}\n");
        if (!experiment.Models.IsEmpty)
        {
            text.Append(CultureInfo.InvariantCulture, $"models: [{string.Join(", ", experiment.Models.Select(Quote))}]\n");
        }

        if (experiment.Checkpoints.Steps is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"checkpoints: {experiment.Checkpoints.Schedule ?? $"[{experiment.Checkpoints}]"}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"tasks: [{string.Join(", ", experiment.Tasks.Select(t => t.Name))}]\n");
        if (experiment.Pattern is { } pattern)
        {
            text.Append(CultureInfo.InvariantCulture, $"pattern: {Quote(pattern.Text)}\n");
        }

        if (!experiment.Ignore.IsEmpty && RemoteSuite.IsOne(experiment.Suite))
        {
            text.Append(CultureInfo.InvariantCulture, $"ignore: [{string.Join(", ", experiment.Ignore.Select(Quote))}]\n");
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
            return OnFolder(checkpoints);
        }

        var spec = ExperimentSpec.Load(file, cancellation);
        return string.Equals(Path.TrimEndingDirectorySeparator(spec.Suite), Path.TrimEndingDirectorySeparator(Path.GetFullPath(checkpoints)), StringComparison.Ordinal)
            ? spec
            : throw new InvalidInputException(results, $"holds results of {spec.Suite}, not of {checkpoints}; name another file with --store, or work in another folder");
    }

    /// <summary>The experiment on a suite on the hub, as somebody has written it into the folder of its results or as it is without that.</summary>
    /// <param name="suite">The suite's address, as experiments keep it; that in the folder may be another of the same name.</param>
    /// <param name="results">The folder of its results, which need not be there.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="InvalidInputException">The folder of results is of something else than a suite on the hub.</exception>
    public static ExperimentSpec ReadOnHub(string suite, string results, CancellationToken cancellation)
    {
        var file = Path.Combine(results, ExperimentArgument.FileName);
        if (!File.Exists(file))
        {
            return OnHub(suite);
        }

        var spec = ExperimentSpec.Load(file, cancellation);
        return RemoteSuite.IsOne(spec.Suite)
            ? spec
            : throw new InvalidInputException(results, $"holds results of {spec.Suite}, not of {suite}; name another file with --store, or work in another folder");
    }

    /// <summary>Puts the experiment beside its results, so that other commands find it there; one that is there stays.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="results">The folder of its results, which need not be there.</param>
    /// <param name="source">Finds the suite.</param>
    /// <param name="isWatched">Whether checkpoints may still have to come.</param>
    /// <param name="cancellation">Cancels the look at the suite.</param>
    /// <exception cref="InvalidInputException">There is no such suite, or the file can't be written.</exception>
    public static async Task WriteAsync(ExperimentSpec experiment, string results, IExperimentSource source, bool isWatched, CancellationToken cancellation)
    {
        var file = Path.Combine(results, ExperimentArgument.FileName);
        if (!File.Exists(file))
        {
            if (!isWatched || !WatchedSuite.HasNothingYet(experiment.Suite))
            {
                await source.OpenSuiteAsync(experiment, cancellation);
            }

            OutputFile.Write(file, stream => stream.Write(Encoding.UTF8.GetBytes(TextOf(experiment))), cancellation);
        }
    }

    private static ExperimentSpec OnFolder(string checkpoints) => new()
    {
        Name = NameOf(checkpoints),
        Suite = Path.GetFullPath(checkpoints),
        Tasks = [.. TaskLibrary.Tasks.Select(t => new TaskSpec(t.Name))],
    };

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
