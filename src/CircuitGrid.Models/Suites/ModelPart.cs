using System.Collections.Immutable;

namespace CircuitGrid.Models.Suites;

/// <summary>The checkpoints of one stage, branch and seed of a model.</summary>
internal sealed record ModelPart(string? Stage, string? Branch, string? Seed, ImmutableArray<SuiteCheckpoint> Checkpoints)
{
    /// <summary>The part that this one's training begins from.</summary>
    public ModelPart? Parent { get; init; }

    /// <summary>What it is called in a cell's name.</summary>
    public string NameOf(string model) => PartName.Escape(model + string.Concat(new[] { Stage, Branch, Seed }.OfType<string>().Select(part => "." + part)));
}
