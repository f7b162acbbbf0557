using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Models.Suites;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Experiments.Specification;

/// <summary>What to analyse and how: suite × models × checkpoints × tasks under one analysis.</summary>
public sealed record ExperimentSpec
{
    /// <summary>For people: the title of its report.</summary>
    public required string Name { get; init; }

    /// <summary>The suite's folder, or its address on the hub (<see cref="Models.Hub.HubAddress"/>).</summary>
    public required string Suite { get; init; }

    /// <summary>What a suite on the hub is called in cells' names; <see langword="null"/> for what its repositories' names have in common.</summary>
    public string? SuiteName { get; init; }

    /// <summary>Tokens of a training step of a suite on the hub; <see langword="null"/> for what its names and the table of known suites say.</summary>
    public long? TokensPerStep { get; init; }

    /// <summary>Names of models; empty for all of the suite.</summary>
    public ImmutableArray<string> Models { get; init; } = [];

    public CheckpointSelection Checkpoints { get; init; } = CheckpointSelection.All;

    /// <summary>At least one, of different names.</summary>
    public required ImmutableArray<TaskSpec> Tasks { get; init; }

    /// <summary>Whether every checkpoint's heads are scored too.</summary>
    public bool Heads { get; init; }

    public AnalysisSpec Analysis { get; init; } = new();

    public ComparisonOptions Comparison { get; init; } = new();

    /// <summary>How numbers are held and computed; part of every key, so placement can't change a result unnoticed.</summary>
    public string Numerics { get; init; } = DefaultNumerics;

    /// <summary>
    /// Keys of other tools' files (a checkpoint's <c>config.json</c>, a <c>tokenizer.json</c>) that somebody has looked at and says to pass over;
    /// ascending, each once.
    /// </summary>
    public ImmutableArray<string> Ignore { get; init; } = [];

    /// <summary>The only pattern of checkpoints' names; <see langword="null"/> for the suite's own, or else the usual ones.</summary>
    public NamePattern? Pattern { get; init; }

    /// <summary>
    /// What may differ between checkpoints that are compared (<see cref="Comparability.Fields"/>), and what is no reason to leave one out
    /// (<see cref="AuditKindNames.Acceptable"/>); ascending, each once.
    /// </summary>
    public ImmutableArray<string> Accept { get; init; } = [];

    /// <summary>Bytes the run may take; <see langword="null"/> for what the machine has.</summary>
    public long? Memory { get; init; }

    /// <summary>Threads to compute with; <see langword="null"/> for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>The text it was read from, if it was: what another machine is told to have it run there.</summary>
    public string? Yaml { get; init; }

    /// <summary>Cells of every checkpoint: one a task, and one for its heads where they are scored.</summary>
    public int CellsPerCheckpoint => Tasks.Length + (Heads ? 1 : 0);

    /// <summary>The numerics of CPU devices.</summary>
    public const string DefaultNumerics = "cpu-f32";

    /// <summary>
    /// The folder that <see cref="Identity"/> tells paths from: that of a host's suites, which lies elsewhere on another machine. <see langword="null"/> for full
    /// paths.
    /// </summary>
    public string? Root { get; init; }

    /// <summary>
    /// Tells experiments apart that ask for different cells or comparisons: the SHA-256, in hex, of everything but name, memory, threads and text, and but
    /// the place of <see cref="Root"/>.
    /// </summary>
    public string Identity => ExperimentIdentity.Of(this, Root);

    /// <summary>
    /// What the experiment was told apart by while <see cref="Root"/> was no part of it: what was started then goes on under it. The same as
    /// <see cref="Identity"/> without a root.
    /// </summary>
    public string FormerIdentity => ExperimentIdentity.Of(this, root: null);

    /// <summary>Opens the suite's folder as the experiment reads it.</summary>
    /// <exception cref="InvalidInputException">It isn't one.</exception>
    public SuiteFolder OpenSuite() => SuiteFolder.Open(Suite, Ignore, Pattern);

    /// <summary>Whether a model of the suite is taken: by its own name, or by that which it has with all stages, branches and seeds.</summary>
    public bool Takes(SuiteModel model) =>
        Models.IsEmpty || Models.Contains(model.Name, StringComparer.Ordinal) || Models.Contains(model.BaseName, StringComparer.Ordinal);

    /// <summary>
    /// Reads an experiment's YAML file, and reads it once; paths in it are relative to it. A pipe or a device, such as <c>/dev/stdin</c>, is read to its end; paths
    /// in what it gives are relative to the current folder.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellation">Ends the waiting for a pipe that nobody writes to.</param>
    /// <exception cref="InvalidInputException">The file can't be read or isn't an experiment; the message names line and way out.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static ExperimentSpec Load(string path, CancellationToken cancellation = default) => ExperimentReader.Load(path, cancellation);

    /// <summary>Reads an experiment's YAML text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <param name="folder">What paths in it are relative to.</param>
    /// <exception cref="InvalidInputException">It isn't an experiment; the message names line and way out.</exception>
    public static ExperimentSpec Parse(string yaml, string source, string folder) => ExperimentReader.Parse(yaml, source, folder);
}

/// <summary>A task of an experiment.</summary>
/// <param name="Name">A task of the library, or the name a pairs file goes by.</param>
public sealed record TaskSpec(string Name)
{
    /// <summary>A pairs file, where the task isn't of the library.</summary>
    public string? Pairs { get; init; }

    /// <summary>What a pairs file's answers are measured by; a task of the library brings its own.</summary>
    public MetricKind? Metric { get; init; }

    /// <summary>The words of a library task's prompts; <see langword="null"/> for the suite's own or else the library's.</summary>
    public string? Lexicon { get; init; }

    /// <summary>Which of the lexicon's wordings the prompts of a library task are made from.</summary>
    public TemplateSet Templates { get; init; } = TemplateSet.Published;

    /// <summary>How many examples to build; <see langword="null"/> for the task's own number.</summary>
    public int? Count { get; init; }

    /// <summary>Seed of the examples; <see langword="null"/> for the library's.</summary>
    public int? Seed { get; init; }

    /// <summary>Put the tokenizer's begin token before every prompt.</summary>
    public bool PrependBos { get; init; }

    /// <summary>Columns of a pairs file that are passed over; ascending, each once.</summary>
    public ImmutableArray<string> IgnoreColumns { get; init; } = [];
}
