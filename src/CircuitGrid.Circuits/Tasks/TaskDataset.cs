using System.Collections.Immutable;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The examples of a task for one tokenizer.</summary>
/// <param name="Task">Short name: <c>ioi</c>, <c>gendered-pronoun</c>, <c>greater-than</c>, <c>sva</c>, or that of a pairs file.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Examples">In a fixed order; blocks and splits go by it.</param>
/// <param name="Notes">What was kept and what was left out while building, for people: <c>87 of 99 names are one token</c>.</param>
public sealed record TaskDataset(string Task, MetricKind Metric, ImmutableArray<Example> Examples, ImmutableArray<string> Notes)
{
    /// <summary>The wording that each example was made from, as a pairs file names it; empty where it names none. No part of what is computed.</summary>
    public ImmutableArray<string> Templates { get; init; } = [];
}
