using System.Collections.Immutable;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>What a trajectory knows about one checkpoint.</summary>
public sealed record TrajectoryPoint
{
    public required int Step { get; init; }

    /// <summary>Tokens seen in training.</summary>
    public required long Tokens { get; init; }

    public required CellStatus Status { get; init; }

    /// <summary>Whether its checkpoint is left out of averages and pairs, whatever its status is.</summary>
    public bool IsLeftOut { get; init; }

    /// <summary>What it can be compared under: pairs are of points with the same.</summary>
    public string Settings { get; init; } = "";

    /// <summary>The task metric with its 95 % interval.</summary>
    public required MeanInterval Metric { get; init; }

    /// <summary>Faithfulness on the examples that found the circuit; <see langword="null"/> without one.</summary>
    public Faithfulness? Found { get; init; }

    /// <summary>Faithfulness on the examples that judge it; <see langword="null"/> without one.</summary>
    public Faithfulness? Judged { get; init; }

    /// <summary>The circuit's edges; none without a circuit.</summary>
    public required BitMask Edges { get; init; }

    /// <summary>The circuit's nodes; none without a circuit.</summary>
    public required BitMask Nodes { get; init; }

    /// <summary>
    /// Fetches the scores of all edges, [edges]. They are asked for only while a neighbour is compared, so that a large model's needn't
    /// all be in memory.
    /// </summary>
    public required Func<ImmutableArray<float>> Scores { get; init; }

    /// <summary>The point of a result.</summary>
    /// <param name="step">The checkpoint's step.</param>
    /// <param name="tokens">Tokens seen in training.</param>
    /// <param name="result">The result.</param>
    /// <param name="scores">Fetches the scores; they are kept in memory where it is left out.</param>
    /// <returns>The point, which is left out of nothing.</returns>
    public static TrajectoryPoint Of(int step, long tokens, CellResult result, Func<ImmutableArray<float>>? scores = null)
    {
        var chosen = result.Chosen;
        var kept = result.Scores;
        return new()
        {
            Step = step,
            Tokens = tokens,
            Status = result.Status,
            Metric = result.Metric,
            Found = chosen is null ? null : result.FoundFaithfulness(chosen),
            Judged = chosen is null ? null : result.JudgedFaithfulness(chosen),
            Edges = result.Edges,
            Nodes = result.Nodes,
            Scores = scores ?? (() => kept),
        };
    }
}
