using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>What has become of a hosted experiment.</summary>
public enum HostedPhase
{
    /// <summary>It is at work, or watches for checkpoints.</summary>
    Running,

    /// <summary>Nothing is left to do.</summary>
    Completed,

    /// <summary>Somebody cancelled it.</summary>
    Cancelled,

    /// <summary>It couldn't go on: its suite or the store can't be used.</summary>
    Failed,
}

/// <summary>An experiment on a host.</summary>
/// <param name="Id">
/// The first <see cref="IdLength"/> digits of <see cref="Specification.ExperimentSpec.Identity"/>, or of <see cref="Specification.ExperimentSpec.FormerIdentity"/>
/// where it was first started under that: the same experiment has the same id.
/// </param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Yaml">Its text.</param>
/// <param name="Phase">What has become of it.</param>
/// <param name="Watching">Whether it goes on with every new checkpoint.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="Fault">Why it failed.</param>
/// <param name="Started">When it was last started.</param>
public sealed record HostedExperiment(
    string Id, string Name, string Yaml, HostedPhase Phase, bool Watching, GridProgress Progress, string? Fault, DateTimeOffset Started)
{
    /// <summary>Digits of an id.</summary>
    public const int IdLength = 16;

    /// <summary>What hinders it at the moment, for people; <see langword="null"/> where nothing does.</summary>
    public string? Notice { get; init; }

    /// <summary>The experiment with a notice of its host's storage, where it waits for that.</summary>
    /// <param name="watch">Watches the storage; <see langword="null"/> where nobody does.</param>
    public HostedExperiment Noting(IStorageWatch? watch) =>
        Phase == HostedPhase.Running && watch?.Outage is { } outage ? this with { Notice = outage.Notice } : this;
}

/// <summary>Something that happened to a hosted experiment.</summary>
/// <param name="Sequence">1 for the first event since it was started, and so on.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Cell">The cell it happened to, if it was one.</param>
/// <param name="Message">For people, in one line.</param>
/// <param name="Progress">How far the experiment is.</param>
/// <param name="Outcome">What came of the cell, where it finished or was found.</param>
public sealed record HostedEvent(long Sequence, GridEventKind Kind, CellId? Cell, string? Message, GridProgress Progress, HostedOutcome? Outcome);

/// <summary>What came of a cell, in short.</summary>
/// <param name="Status">How a task's cell ended; <see langword="null"/> for head scores.</param>
/// <param name="Edges">Edges of its circuit.</param>
/// <param name="Nodes">Nodes of its circuit.</param>
/// <param name="Faithfulness">Of the circuit, on the examples that judge it; <see langword="null"/> without one.</param>
public sealed record HostedOutcome(CellStatus? Status, int Edges, int Nodes, double? Faithfulness);
