using System.Collections.Immutable;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Models.Suites;

/// <summary>How the checkpoints of a suite's models are read from their names.</summary>
internal sealed record ListingRules
{
    /// <summary>The suite's folder.</summary>
    public required string SuiteFolder { get; init; }

    /// <summary>The only pattern, where somebody has given one.</summary>
    public NamePattern? Pattern { get; init; }

    /// <summary>Tokens of a step as the suite states them.</summary>
    public long? TokensPerStep { get; init; }

    /// <summary>The stages of training in their order, an empty text for names without one; empty where numbers tell.</summary>
    public ImmutableArray<string> Stages { get; init; } = [];

    /// <summary>Keys of other tools' files to ignore.</summary>
    public required ImmutableSortedSet<string> Ignored { get; init; }

    /// <summary>What a name says; <see langword="null"/> where it fits no pattern.</summary>
    public NameReading? Read(string name) => Pattern is null ? DefaultPatterns.Read(name) : Pattern.Read(name);

    /// <summary>What a name can be, for messages.</summary>
    public string Expected => Pattern is null ? $"a checkpoint is called like {DefaultPatterns.Examples}; name another pattern with 'pattern'" : $"the pattern is {Pattern.Text}";
}
