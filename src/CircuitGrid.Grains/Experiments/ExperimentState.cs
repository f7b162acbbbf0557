using CircuitGrid.Experiments.Hosting;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// What an experiment's grain keeps across its activations. It doesn't grow: which cells are done is what the cell store says.
/// </summary>
[GenerateSerializer, Alias("circuitgrid.ExperimentState")]
internal sealed class ExperimentState
{
    [Id(0)]
    public string Name { get; set; } = "";

    /// <summary>The experiment's text; empty where it was never started.</summary>
    [Id(1)]
    public string Yaml { get; set; } = "";

    [Id(2)]
    public HostedPhase Phase { get; set; }

    [Id(3)]
    public bool Watching { get; set; }

    [Id(4)]
    public string? Fault { get; set; }

    [Id(5)]
    public DateTimeOffset Started { get; set; }

    /// <summary>How far it was when it ended.</summary>
    [Id(6)]
    public ProgressView? Outcome { get; set; }

    /// <summary>The models that were planned since it was started; <see langword="null"/> where that isn't known.</summary>
    [Id(7)]
    public SeenModel[]? Seen { get; set; }

    /// <summary>The silo that planned them, as people are told.</summary>
    [Id(8)]
    public string? PlannedOn { get; set; }
}

/// <summary>A model of an experiment.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Checkpoints">How many checkpoints it had.</param>
[GenerateSerializer, Immutable, Alias("circuitgrid.SeenModel")]
internal sealed record SeenModel([property: Id(0)] string Model, [property: Id(1)] int Checkpoints);
