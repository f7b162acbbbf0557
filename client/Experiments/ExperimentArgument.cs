using CircuitGrid.Client.Hosting;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>
/// What a command is to work on: an experiment file; a folder that holds an <c>experiment.yaml</c>, e.g. the demo's; or a folder of
/// checkpoints, or a suite on the hub, on which all tasks of the library are run with the default analysis.
/// </summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Folder">Where its store and report are kept unless others are named.</param>
/// <param name="Prefix">What their names begin with, so that several experiments of one folder keep apart.</param>
internal sealed record ExperimentArgument(ExperimentSpec Experiment, string Folder, string Prefix)
{
    public const string FileName = "experiment.yaml";

    /// <summary>What a store is called where nothing else is said; after a prefix where an experiment file has another name than <see cref="FileName"/>.</summary>
    public const string StoreName = "results.db";

    public string Store => Path.Combine(Folder, $"{Prefix}{StoreName}");

    public string Report => Path.Combine(Folder, $"{Prefix}report.html");

    public string Summary => Path.Combine(Folder, $"{Prefix}summary.json");

    /// <summary>Whether nothing but checkpoints was named, and their results go elsewhere.</summary>
    private bool IsOfCheckpoints { get; init; }

    /// <summary>The experiment with all of its cells, whichever a command line asks for.</summary>
    private ExperimentSpec Whole { get; init; } = Experiment;

    /// <summary>Whether the store lies among the checkpoints, where earlier programs put it.</summary>
    private bool IsAmongCheckpoints { get; init; }

    /// <summary>
    /// Finds out what a path is and reads it, once. What comes out of a pipe or a device, such as <c>/dev/stdin</c>, is taken for an <c>experiment.yaml</c> in the
    /// current folder.
    /// </summary>
    /// <param name="context">The running command.</param>
    /// <param name="path">An experiment file or a folder.</param>
    /// <param name="reading">How its suite is to be read.</param>
    /// <exception cref="InvalidInputException">It is none of these, or the experiment can't be used.</exception>
    public static ExperimentArgument Read(CommandContext context, string path, SuiteReading reading)
    {
        var argument = Read(context, path);
        return argument with { Experiment = reading.ApplyTo(argument.Experiment), Whole = (reading with { Choice = null }).ApplyTo(argument.Experiment) };
    }

    private static ExperimentArgument Read(CommandContext context, string path)
    {
        if (RemoteSuite.IsOne(path))
        {
            return OnHub(path, context);
        }

        switch (FileStatus.Of(path)?.Kind)
        {
            case FileKind.Folder:
                var file = Path.Combine(path, FileName);
                return File.Exists(file) ? OfFolder(ExperimentSpec.Load(file, context.Cancellation), path, context) : OfCheckpoints(path, context);
            case null when ExperimentTexts.IsId(path):
                throw new InvalidInputException(path, "is the id of an experiment on a server; name its file here, or the server with --server where the command takes one");
            case null:
                throw new InvalidInputException(path, $"doesn't exist; name an experiment file (YAML), a folder of checkpoints, or a suite on the hub ({HubAddress.Scheme}ORGANIZATION/NAME)");
            case FileKind.Plain when SqliteCellStore.IsDatabase(path):
                throw new InvalidInputException(path, "is a store of results, not an experiment; name its experiment file (YAML), and the store with --store");
            case FileKind.Plain:
                return OfFile(path, context.Cancellation);
            default:
                return new(ExperimentSpec.Load(path, context.Cancellation), context.Environment.WorkingFolder, "");
        }
    }

    /// <summary>The store to work with; its place is said where nobody has named it and it isn't the usual one.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="named">What <c>--store</c> names.</param>
    public string StoreOf(CommandContext context, string? named)
    {
        if (named is null && IsAmongCheckpoints)
        {
            context.Environment.Diagnostics.WriteLine($"Results are in {VisibleText.OnOneLine(Store)}, among the checkpoints, where they have been so far.");
        }

        return named ?? Store;
    }

    /// <summary>Puts the experiment into the folder of its results where that is a new one, which is a run like any other then.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="isWatched">Whether checkpoints may still have to come.</param>
    /// <exception cref="InvalidInputException">It can't be written, or there are no checkpoints to run it on.</exception>
    public async Task KeepAsync(CommandContext context, bool isWatched = false)
    {
        if (IsOfCheckpoints)
        {
            await CheckpointExperiment.WriteAsync(Whole, Folder, context.Environment.Source, isWatched, context.Cancellation);
        }
    }

    private static ExperimentArgument OfFile(string path, CancellationToken cancellation) => new(
        ExperimentSpec.Load(path, cancellation),
        Path.GetDirectoryName(Path.GetFullPath(path))!,
        string.Equals(Path.GetFileName(path), FileName, StringComparison.Ordinal) ? "" : $"{Path.GetFileNameWithoutExtension(path)}.");

    /// <summary>A run's folder; where it is the suite's own, new results go elsewhere, as for any folder of checkpoints.</summary>
    private static ExperimentArgument OfFolder(ExperimentSpec experiment, string path, CommandContext context)
    {
        var isSuite = string.Equals(Path.TrimEndingDirectorySeparator(experiment.Suite), Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), StringComparison.Ordinal);
        return !isSuite ? new(experiment, path, "")
            : File.Exists(Path.Combine(path, StoreName)) ? new(experiment, path, "") { IsAmongCheckpoints = true }
            : new(experiment, CheckpointExperiment.FolderOf(path, context.Environment.WorkingFolder), "");
    }

    private static ExperimentArgument OnHub(string address, CommandContext context)
    {
        var suite = RemoteSuite.Parse(address, context.Environment.WorkingFolder);
        var results = CheckpointExperiment.FolderOfRemote(suite, context.Environment.WorkingFolder);
        var spec = CheckpointExperiment.ReadOnHub(suite, results, context.Cancellation);
        if (!string.Equals(spec.Suite, suite, StringComparison.Ordinal))
        {
            context.Environment.Diagnostics.WriteLine($"{VisibleText.OnOneLine(results)} was made for {VisibleText.OnOneLine(spec.Suite)}: commands on that folder show its checkpoints alone.");
        }

        return new(spec with { Suite = suite }, results, "") { IsOfCheckpoints = true };
    }

    private static ExperimentArgument OfCheckpoints(string path, CommandContext context)
    {
        if (File.Exists(Path.Combine(path, StoreName)))
        {
            return new(CheckpointExperiment.Read(path, path, context.Cancellation), path, "") { IsAmongCheckpoints = true };
        }

        var results = CheckpointExperiment.FolderOf(path, context.Environment.WorkingFolder);
        return new(CheckpointExperiment.Read(path, results, context.Cancellation), results, "") { IsOfCheckpoints = true };
    }
}
