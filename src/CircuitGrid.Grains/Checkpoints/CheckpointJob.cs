using CircuitGrid.Experiments.Cells;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Grains.Checkpoints;

/// <summary>Cells of one checkpoint that an experiment asks a silo for.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.CheckpointJob")]
public sealed record CheckpointJob
{
    /// <summary>Different for every time a checkpoint is sent out.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>The experiment's key.</summary>
    [Id(1)]
    public required string Experiment { get; init; }

    /// <summary>The experiment's text.</summary>
    [Id(2)]
    public required string Yaml { get; init; }

    [Id(3)]
    public required string Model { get; init; }

    [Id(4)]
    public required int Step { get; init; }

    /// <summary>The cells.</summary>
    [Id(5)]
    public required CellOrder[] Cells { get; init; }

    /// <summary>The slot that was leased for it.</summary>
    [Id(6)]
    public required SlotLease Lease { get; init; }

    /// <summary>Which of the checkpoint's weights are meant where several kinds are there; <see langword="null"/> for the first.</summary>
    [Id(7)]
    public WeightKind? Weights { get; init; }

    /// <summary>Where the checkpoint is on the hub; <see langword="null"/> for one in a folder.</summary>
    [Id(8)]
    public CheckpointPin? Pin { get; init; }
}

/// <summary>A cell that is asked for.</summary>
/// <param name="Task">Its task.</param>
/// <param name="Key">The key its result was planned to have; of a pinned checkpoint perhaps that of its files, while nobody has read them.</param>
/// <param name="ExpectedBudget">Where its size search is likely to end.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.CellOrder")]
public sealed record CellOrder([property: Id(0)] string Task, [property: Id(1)] string Key, [property: Id(2)] int? ExpectedBudget);

/// <summary>What became of a cell.</summary>
public enum CellReportKind
{
    /// <summary>It is being computed.</summary>
    Started,

    /// <summary>It is computed and stored.</summary>
    Finished,

    /// <summary>Its result was there already.</summary>
    Found,

    /// <summary>It can't be computed.</summary>
    Failed,

    /// <summary>It is handed back: the silo is going, or the checkpoint changed after it was planned.</summary>
    Returned,
}

/// <summary>What became of a cell of a job, as far as others need to know; the result itself is in the store.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.CellReport")]
public sealed record CellReport
{
    [Id(0)]
    public required string Task { get; init; }

    [Id(1)]
    public required CellReportKind Kind { get; init; }

    /// <summary>Why it failed or came back.</summary>
    [Id(2)]
    public string? Message { get; init; }

    /// <summary>How a task's cell ended.</summary>
    [Id(3)]
    public CellStatus? Status { get; init; }

    /// <summary>Edges of its circuit.</summary>
    [Id(4)]
    public int Edges { get; init; }

    /// <summary>Nodes of its circuit.</summary>
    [Id(5)]
    public int Nodes { get; init; }

    /// <summary>Faithfulness of its circuit on the examples that judge it.</summary>
    [Id(6)]
    public double? Faithfulness { get; init; }

    /// <summary>Where its search ended: its neighbour's will end near it.</summary>
    [Id(7)]
    public int? Budget { get; init; }

    /// <summary>Seconds it took.</summary>
    [Id(8)]
    public double Seconds { get; init; }

    /// <summary>It came back because the checkpoint isn't what was planned.</summary>
    [Id(9)]
    public bool NeedsPlan { get; init; }

    /// <summary>It came back because the hub can't be reached, or there is no room for its files.</summary>
    [Id(10)]
    public bool IsHindered { get; init; }

    /// <summary>It came back because the silo doesn't have this: others may.</summary>
    [Id(11)]
    public MissingPart Lacks { get; init; }
}

/// <summary>How much of a checkpoint's suite isn't there.</summary>
public enum MissingPart
{
    None,

    /// <summary>The checkpoint.</summary>
    Checkpoint,

    /// <summary>Its model.</summary>
    Model,

    /// <summary>All of it: there is no such suite, or it can't be read.</summary>
    Suite,
}

/// <summary>What weights were found to be when they were read.</summary>
/// <param name="Own">The digest of their tensors and configuration.</param>
/// <param name="Digest">The digest that results go by.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.FoundWeights")]
public sealed record FoundWeights([property: Id(0)] string Own, [property: Id(1)] string Digest);

/// <summary>How far a checkpoint's files are fetched.</summary>
/// <param name="Received">Bytes that have come.</param>
/// <param name="Bytes">Bytes that were missing.</param>
/// <param name="IsEnded">All of them are here.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.FetchProgress")]
public sealed record FetchProgress([property: Id(0)] long Received, [property: Id(1)] long Bytes, [property: Id(2)] bool IsEnded);

/// <summary>How far a job is.</summary>
/// <param name="Id">The job.</param>
/// <param name="Experiment">The experiment it is for.</param>
/// <param name="Model">Its model.</param>
/// <param name="Step">Its checkpoint.</param>
/// <param name="Cells">Tasks of its cells.</param>
/// <param name="Reports">What became of its cells so far, in the order it happened.</param>
/// <param name="Ended">Nothing more will happen.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.JobState")]
public sealed record JobState(
    [property: Id(0)] string Id,
    [property: Id(1)] string Experiment,
    [property: Id(2)] string Model,
    [property: Id(3)] int Step,
    [property: Id(4)] string[] Cells,
    [property: Id(5)] CellReport[] Reports,
    [property: Id(6)] bool Ended)
{
    /// <summary>What the job's weights and configuration are by their files' digests; <see langword="null"/> for a folder's.</summary>
    [Id(7)]
    public string? Content { get; init; }

    /// <summary>What the weights of a pinned checkpoint are; <see langword="null"/> while nobody has read them, and for a folder's.</summary>
    [Id(8)]
    public FoundWeights? Known { get; init; }

    /// <summary>How far its files are fetched; <see langword="null"/> where nothing was missing.</summary>
    [Id(9)]
    public FetchProgress? Fetch { get; init; }
}
