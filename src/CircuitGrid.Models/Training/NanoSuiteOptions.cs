using System.Collections.Immutable;

namespace CircuitGrid.Models.Training;

/// <summary>What of the nano suite is trained, and from which draws.</summary>
public sealed record NanoSuiteOptions
{
    /// <summary>Names of the models, in the order they are trained; all of them by default.</summary>
    public ImmutableArray<string> Models { get; init; } = NanoSuite.ModelNames;

    /// <summary>Of the initial weights and of the training text; <see cref="NanoSuite.ShippedSeed"/> by default.</summary>
    public int? Seed { get; init; }

    /// <summary>Number of optimiser steps; each model's own by default.</summary>
    public int? Steps { get; init; }
}
