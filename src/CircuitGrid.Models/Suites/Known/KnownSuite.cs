using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites.Known;

/// <summary>What is known of a model of a public suite.</summary>
public sealed record KnownSuite
{
    /// <summary>The suite, for people.</summary>
    public required string Name { get; init; }

    /// <summary>Tokens of a step; <see langword="null"/> where they differ along training, so that names tell.</summary>
    public long? TokensPerStep { get; init; }

    /// <summary>Whether <see cref="TokensPerStep"/> is about right only.</summary>
    public bool IsRounded { get; init; }

    /// <summary>The step that the revision <c>main</c> is; <see langword="null"/> where it is none, or that isn't known.</summary>
    public int? Main { get; init; }

    /// <summary>Steps between neighbours on its regular grid, which each of its multiples is on; <see langword="null"/> without one.</summary>
    public int? Grid { get; init; }

    /// <summary>The stage of names that have none.</summary>
    public string? Unstaged { get; init; }

    /// <summary>Whether every stage counts its steps from 0; <see langword="null"/> where that isn't known.</summary>
    public bool? Restarts { get; init; }

    /// <summary>The stages in the order of training, an empty text for names without one; empty where numbers tell.</summary>
    public ImmutableArray<string> Order { get; init; } = [];

    /// <summary>The stages whose lengths are known, in the order of training.</summary>
    public ImmutableArray<KnownStage> Stages { get; init; } = [];

    /// <summary>What is wrong with checkpoints of the model.</summary>
    public ImmutableArray<KnownDefect> Defects { get; init; } = [];

    /// <summary>Where all of this is from.</summary>
    public required string Source { get; init; }
}
