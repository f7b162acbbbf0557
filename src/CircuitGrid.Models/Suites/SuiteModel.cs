using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Suites.Known;
using CircuitGrid.Models.Suites.Sources;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Models.Suites;

/// <summary>One model of a suite: the checkpoints of one size or, where their names tell stages, branches and seeds apart, of one of these.</summary>
public sealed class SuiteModel
{
    private readonly ImmutableArray<SuiteCheckpoint> _checkpoints = [];
    private readonly FrozenDictionary<int, SuiteCheckpoint> _byStep = FrozenDictionary<int, SuiteCheckpoint>.Empty;

    internal SuiteModel()
    {
    }

    /// <summary>What it is called in a cell's name: <c>pythia-70m</c>, <c>OLMo-2-0425-1B.stage2.ingredient1</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name without stage, branch and seed.</summary>
    public required string BaseName { get; init; }

    /// <summary>The folder with what its checkpoints share.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder of its suite.</summary>
    public required string SuitePath { get; init; }

    /// <summary>Number of parameters as <c>suite.json</c> states it; without it, a checkpoint's configuration tells.</summary>
    public long? Parameters { get; init; }

    /// <summary>Keys of other tools' files that are ignored in all of its suite.</summary>
    public required ImmutableSortedSet<string> Ignored { get; init; }

    /// <summary>The stage of training; <see langword="null"/> where there is one only.</summary>
    public string? Stage { get; init; }

    /// <summary>The branch of the stage; <see langword="null"/> where it has none.</summary>
    public string? Branch { get; init; }

    /// <summary>The seed; <see langword="null"/> where names say none.</summary>
    public string? Seed { get; init; }

    /// <summary>Name of the model whose training this one's goes on from; <see langword="null"/> for none.</summary>
    public string? Parent { get; init; }

    /// <summary>Whether the training of another model goes on from it: then it isn't the end of a training, and stands for no size.</summary>
    public bool GoesOn { get; init; }

    /// <summary>What is known of it as a model of a public suite; <see langword="null"/> for nothing.</summary>
    public KnownSuite? Known { get; init; }

    /// <summary>Where its checkpoints come from.</summary>
    public required ICheckpointSource Source { get; init; }

    /// <summary>Its checkpoints by step. Whether one is complete is another question.</summary>
    public required ImmutableArray<SuiteCheckpoint> Checkpoints
    {
        get => _checkpoints;
        init
        {
            _checkpoints = value;
            _byStep = value.ToFrozenDictionary(c => c.Step);
            Steps = [.. value.Select(c => c.Step)];
        }
    }

    /// <summary>The steps of <see cref="Checkpoints"/>.</summary>
    public ImmutableArray<int> Steps { get; private init; } = [];

    /// <summary>The checkpoint of a step; <see langword="null"/> where there is none.</summary>
    public SuiteCheckpoint? Find(int step) => _byStep.GetValueOrDefault(step);

    /// <summary>The checkpoint of a step.</summary>
    /// <exception cref="InvalidInputException">There is none here.</exception>
    public SuiteCheckpoint At(int step) =>
        Find(step) ?? throw new InvalidInputException(Folder, string.Create(CultureInfo.InvariantCulture, $"has no checkpoint of step {step} of {Name}"));

    /// <summary>The folder of a step's checkpoint.</summary>
    /// <exception cref="InvalidInputException">There is none here.</exception>
    public string StepFolder(int step) => At(step).Folder;

    /// <summary>
    /// The nearest tokenizer (<see cref="TokenizerFiles"/>): the checkpoint's own, else the model's, else the suite's; <see langword="null"/> if there is none.
    /// </summary>
    /// <remarks>On the hub the suite's folder is the repository at the checkpoint's commit, and the model's is its <c>main</c>.</remarks>
    public string? FindTokenizer(int step) =>
        (At(step).Hub is { } hub ? [hub.Folder, hub.Repository.Snapshot(hub.Commit), Folder] : (string[])[StepFolder(step), Folder, SuitePath])
            .Select(TokenizerFiles.FindIn)
            .FirstOrDefault(file => file is not null);
}
