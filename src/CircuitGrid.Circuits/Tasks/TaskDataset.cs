using System.Collections.Immutable;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks;

/// <summary>The examples of a task for one tokenizer.</summary>
/// <param name="Task">Short name: <c>ioi</c>, <c>gendered-pronoun</c>, <c>greater-than</c>, <c>sva</c>, or that of a pairs file.</param>
/// <param name="Metric">What is measured.</param>
/// <param name="Examples">In a fixed order; blocks and splits go by it.</param>
/// <param name="Notes">What was kept and what was left out while building, for people: <c>87 of 99 names are one token</c>.</param>
public sealed record TaskDataset(string Task, MetricKind Metric, ImmutableArray<Example> Examples, ImmutableArray<string> Notes)
{
    /// <summary>
    /// The wording that each example was made from, [examples]: a built-in task's template as the lexicon writes it, or what a pairs file names. Empty where a pairs
    /// file names none. No part of what is computed.
    /// </summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>The token that stands before every prompt, whose id the examples have; <see langword="null"/> where none was put there.</summary>
    public BeginToken? Begin { get; init; }

    /// <summary>The corrupted prompts as they are run: with an answer of several tokens behind them.</summary>
    public ImmutableArray<ImmutableArray<int>> CorruptedPrompts => [.. Examples.SelectMany(e => AnswerSequence.Of(e, Metric)).Select(s => s.Corrupted)];

    /// <summary>Number of different <see cref="Templates"/>; 0 where none are named.</summary>
    public int TemplateCount => Templates.Distinct(StringComparer.Ordinal).Count();

    /// <summary>
    /// The same data set with the examples of a template side by side: templates in the order in which they first appear, the examples of each in the order they had.
    /// </summary>
    /// <exception cref="InvalidInputException">The examples name no templates.</exception>
    public TaskDataset ByTemplate()
    {
        if (Templates.IsEmpty)
        {
            throw new InvalidInputException($"task {Text.OneLine(Task)}", "names no templates to put its examples in order by; give every example of its pairs file a 'template'");
        }

        int[] order = [.. Enumerable.Range(0, Examples.Length).GroupBy(i => Templates[i], StringComparer.Ordinal).SelectMany(x => x)];
        return this with { Examples = [.. order.Select(i => Examples[i])], Templates = [.. order.Select(i => Templates[i])] };
    }
}
