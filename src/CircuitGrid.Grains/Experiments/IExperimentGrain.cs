using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Checkpoints;
using Orleans.CodeGeneration;

namespace CircuitGrid.Grains.Experiments;

/// <summary>An experiment. Its key is <see cref="HostedExperiment.Id"/>.</summary>
[Alias("circuitgrid.IExperimentGrain"), Version(2)]
public interface IExperimentGrain : IGrainWithStringKey
{
    /// <summary>Starts the experiment, or says how far it is where it runs already.</summary>
    [Alias("Start")]
    Task<ExperimentView> StartAsync(string name, string yaml, bool watch);

    /// <summary>How far it is; <see langword="null"/> where it was never started.</summary>
    [Alias("View")]
    Task<ExperimentView?> ViewAsync();

    /// <summary>Ends it soon.</summary>
    /// <returns>Whether it was running.</returns>
    [Alias("CancelExperiment")]
    Task<bool> CancelAsync();

    /// <summary>What has happened after an event, as far as it is remembered, and whether more may come.</summary>
    [Alias("Events")]
    Task<EventPage> EventsAsync(long after, int limit);

    /// <summary>A silo tells how far a job is.</summary>
    /// <returns>Whether the job has ended and was taken note of.</returns>
    [Alias("Report")]
    Task<bool> ReportAsync(SiloAddress silo, JobState job);

    /// <summary>The results there are of a model and task; asked by comparisons that have to begin anew.</summary>
    [Alias("Results")]
    Task<CellArrival[]> ResultsAsync(string model, string task);

    /// <summary>The models there are results of.</summary>
    [Alias("Models")]
    Task<string[]> ModelsAsync();

    /// <summary>The suite has other checkpoints than before.</summary>
    [Alias("LookAgain")]
    Task LookAgainAsync();

    /// <summary>The store may have lost results: an experiment that had them computes them again, one that is completed goes on.</summary>
    [Alias("Verify")]
    Task VerifyAsync();
}

/// <summary>A result that a comparison should take in.</summary>
/// <param name="Step">Its checkpoint.</param>
/// <param name="Tokens">Tokens the checkpoint has seen.</param>
/// <param name="Key">Where the result is.</param>
/// <param name="Parameters">Parameters of the model.</param>
/// <param name="Heads">Heads of the model.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.CellArrival")]
public sealed record CellArrival(
    [property: Id(0)] int Step, [property: Id(1)] long Tokens, [property: Id(2)] string Key, [property: Id(3)] long Parameters, [property: Id(4)] int Heads)
{
    /// <summary>Whether its checkpoint is left out of averages and pairs.</summary>
    [Id(5)]
    public bool IsLeftOut { get; init; }

    /// <summary>What it can be compared under.</summary>
    [Id(6)]
    public string Settings { get; init; } = "";

    /// <summary>Whether another model's training goes on from its model's.</summary>
    [Id(7)]
    public bool GoesOn { get; init; }
}

/// <summary>An experiment as others see it.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.ExperimentView")]
public sealed record ExperimentView(
    [property: Id(0)] string Name,
    [property: Id(1)] string Yaml,
    [property: Id(2)] HostedPhase Phase,
    [property: Id(3)] bool Watching,
    [property: Id(4)] ProgressView Progress,
    [property: Id(5)] string? Fault,
    [property: Id(6)] DateTimeOffset Started);

/// <summary>How far an experiment is; see <see cref="CircuitGrid.Experiments.Grid.GridProgress"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.ProgressView")]
public sealed record ProgressView(
    [property: Id(0)] int Total,
    [property: Id(1)] int Kept,
    [property: Id(2)] int Finished,
    [property: Id(3)] int Failed,
    [property: Id(4)] int Running,
    [property: Id(5)] TimeSpan Elapsed,
    [property: Id(6)] TimeSpan? Left);

/// <summary>Something that happened; see <see cref="HostedEvent"/>.</summary>
[GenerateSerializer, Immutable, Alias("circuitgrid.EventView")]
public sealed record EventView(
    [property: Id(0)] long Sequence,
    [property: Id(1)] CircuitGrid.Experiments.Grid.GridEventKind Kind,
    [property: Id(2)] string? Cell,
    [property: Id(3)] string? Message,
    [property: Id(4)] ProgressView Progress,
    [property: Id(5)] CellReport? Report);

/// <summary>Some events.</summary>
/// <param name="Events">The events, in order.</param>
/// <param name="Ended">Nothing will happen any more.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.EventPage")]
public sealed record EventPage([property: Id(0)] EventView[] Events, [property: Id(1)] bool Ended);
