using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What an experiment's files say. All members may be called from several threads.</summary>
public interface IExperimentSource
{
    /// <summary>Where suites are found that aren't folders.</summary>
    IHub Hub => NoHub.Instance;

    /// <summary>The suite of an experiment as it is now.</summary>
    /// <exception cref="InvalidInputException">It isn't one.</exception>
    Task<SuiteFolder> OpenSuiteAsync(ExperimentSpec experiment, CancellationToken cancellation) =>
        RemoteSuite.IsOne(experiment.Suite) ? Hub.OpenAsync(experiment, cancellation) : Task.FromResult(experiment.OpenSuite());

    /// <summary>
    /// The files of a checkpoint's folder as they are now, links followed, cheap to make; <see langword="null"/> while some are missing, links to nothing, or not
    /// as long as their headers say.
    /// </summary>
    FolderState? StateOf(string folder);

    /// <summary>The files of a checkpoint as they are now: those of a commit on the hub never change.</summary>
    FolderState? StateOf(SuiteCheckpoint checkpoint) => checkpoint.Hub is { } hub ? new(hub.Address, DateTimeOffset.MinValue) : StateOf(checkpoint.Folder);

    /// <summary>The examples of a task for a checkpoint's tokenizer.</summary>
    /// <param name="task">The task.</param>
    /// <param name="suite">The suite, which may have a lexicon of its own.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">The checkpoint.</param>
    /// <param name="limits">What the checkpoint can be asked.</param>
    /// <param name="foreign">Which keys of other tools' files to ignore, and where to note what is passed over.</param>
    /// <exception cref="InvalidInputException">There is no such task, or a prompt doesn't fit the tokenizer or the model.</exception>
    TaskDataset BuildTask(TaskSpec task, SuiteFolder suite, SuiteModel model, int step, ModelLimits limits, ForeignKeys foreign);

    /// <summary>What a checkpoint's head scores are measured on.</summary>
    /// <param name="suite">The suite, which may have a lexicon of its own.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">The checkpoint.</param>
    /// <param name="foreign">Which keys of other tools' files to ignore, and where to note what is passed over.</param>
    /// <exception cref="InvalidInputException">There is no tokenizer, or the model is too small for the scores.</exception>
    HeadScoreInputs BuildHeads(SuiteFolder suite, SuiteModel model, int step, ForeignKeys foreign);
}

/// <summary>The files of a checkpoint's folder at some moment; equal as long as none has changed.</summary>
/// <param name="Text">Names, lengths and times, and whatever else shows that a file isn't what it was.</param>
/// <param name="LastTouched">The latest time that any was written, changed, or put in its place, by whichever clock or program has set it.</param>
public sealed record FolderState(string Text, DateTimeOffset LastTouched)
{
    /// <summary>
    /// The latest time that the file system itself has put on any, which no program can set: that of a copied file is when it was copied. The same as
    /// <see cref="LastTouched"/> on systems without such times.
    /// </summary>
    public DateTimeOffset LastStamped { get; init; } = LastTouched;
}
