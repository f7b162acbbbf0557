using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>Settings of a <see cref="LocalExperimentHost"/>.</summary>
public sealed record LocalExperimentHostOptions
{
    /// <summary>Experiments that may be at work or watch at a time.</summary>
    public int MaxRunning { get; init; } = 16;

    /// <summary>Experiments to remember, ended ones included; beyond it the ones that ended first are forgotten, never their results.</summary>
    public int MaxRemembered { get; init; } = 1000;

    /// <summary>Events to remember of an experiment, a few hundred bytes each.</summary>
    public int MaxEvents { get; init; } = 4096;

    /// <summary>
    /// How long a start waits for the plan, so that an experiment whose plan can't be made is refused rather than started. Reading the weights of
    /// a large suite for the first time takes longer; the start doesn't wait for that.
    /// </summary>
    public TimeSpan PlanPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most threads an experiment may ask for.</summary>
    public int MaxThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Most bytes an experiment may ask for.</summary>
    public long MaxMemory { get; init; } = new LocalGridOptions().Memory;

    /// <summary>Hears what an experiment failed of where followers are told less, for a log.</summary>
    public Action<Exception>? Faulted { get; init; }

    /// <summary>Watches the store, so that experiments can say that they wait for it.</summary>
    public IStorageWatch? Storage { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
