using System.Collections.Immutable;

namespace CircuitGrid.Compute;

/// <summary>The answers at the rows in which a batch's metric is read, in the order of the rows.</summary>
/// <param name="Metric">What is measured.</param>
/// <param name="Correct">
/// Correct token ids of each row, at least one. A row of a <see cref="MetricKind.LogProbabilityDifference"/> may lack either side, which then adds nothing.
/// </param>
/// <param name="Incorrect">Incorrect token ids of each row, at least one where the metric knows incorrect answers.</param>
public sealed record Answers(MetricKind Metric, ImmutableArray<ImmutableArray<int>> Correct, ImmutableArray<ImmutableArray<int>> Incorrect)
{
    /// <summary>
    /// The clean run's logits, [n, V], that a <see cref="MetricKind.Divergence"/> is taken from: row e is held against row e mod n. Not owned; nothing where another
    /// metric is measured.
    /// </summary>
    public Tensor? CleanLogits { get; init; }

    public int Count => Correct.Length;

    /// <summary>The same answers <paramref name="times"/> times in a row.</summary>
    public Answers Repeat(int times) => times == 1
        ? this
        : this with { Correct = [.. Enumerable.Repeat(Correct, times).SelectMany(x => x)], Incorrect = [.. Enumerable.Repeat(Incorrect, times).SelectMany(x => x)] };
}
