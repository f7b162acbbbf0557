using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Heads.Patching;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>
/// Follows the IOI algorithm back from the logits by path patching: direct effects, effects on the name movers' queries, effects on the
/// S-inhibition heads' values, and which share of each the algorithm's heads carry (Tigges et al. 2024, figure 4; docs/method.md).
/// </summary>
public sealed class IoiAlgorithm
{
    private readonly Transformer model;
    private readonly IReadOnlyList<Example> examples;
    private readonly HeadScores scores;
    private readonly IoiAlgorithmOptions options;
    private readonly long? memoryBudget;
    private readonly CancellationToken cancellation;
    private readonly List<(ImmutableArray<HeadIndex> Receivers, HeadTable? Effects)> valueEffects = [];

    private IoiAlgorithm(
        Transformer model, IReadOnlyList<Example> examples, HeadScores scores, IoiAlgorithmOptions options, long? memoryBudget, CancellationToken cancellation)
    {
        this.model = model;
        this.examples = examples;
        this.scores = scores;
        this.options = options;
        this.memoryBudget = memoryBudget;
        this.cancellation = cancellation;
    }

    /// <param name="model">The model, with whatever weights.</param>
    /// <param name="examples">IOI prompts with their corrupted forms.</param>
    /// <param name="scores">The model's head scores; a role that is missing has no heads.</param>
    /// <param name="circuit">The checkpoint's IOI circuit, if there is one.</param>
    /// <param name="options">Thresholds.</param>
    /// <param name="memoryBudget">Bytes that activations may take beside the weights.</param>
    /// <param name="cancellation">Checked between sets of heads.</param>
    /// <returns><see langword="null"/> where the mean logit difference isn't above the corrupted prompts': there is no task yet.</returns>
    /// <exception cref="InvalidInputException">An example isn't an IOI prompt.</exception>
    public static IoiAlgorithmResult? Run(
        Transformer model,
        IReadOnlyList<Example> examples,
        HeadScores scores,
        Circuit? circuit,
        IoiAlgorithmOptions options,
        long? memoryBudget = null,
        CancellationToken cancellation = default) =>
        new IoiAlgorithm(model, examples, scores, options, memoryBudget, cancellation).Run(circuit);

    private IoiAlgorithmResult? Run(Circuit? circuit)
    {
        if (Effects(PathReceivers.FinalResidual) is not { } direct)
        {
            return null;
        }

        ImmutableArray<HeadIndex> Above(HeadRole role, double threshold, Func<double, bool> effect) =>
            scores.Roles.TryGetValue(role, out var table) ? [.. table.Where(s => s > threshold).Where(h => effect(direct[h]))] : [];

        var result = new IoiAlgorithmResult(
            Above(HeadRole.Copying, options.CopyThreshold, e => e < 0),
            Above(HeadRole.NegativeCopying, options.CopyThreshold, e => e != 0),
            Above(HeadRole.CopySuppression, options.CopySuppressionThreshold, e => e < 0),
            Above(HeadRole.CopySuppression, options.CopySuppressionThreshold, e => e > 0),
            direct,
            QueryEffects: null,
            InCircuit: null,
            AllHeads: null!);
        result = result with { QueryEffects = result.NameMovers.IsEmpty ? null : Effects(PathReceivers.Of(HeadComponent.Query, result.NameMovers)) };
        if (result.QueryEffects is { } queries)
        {
            var last = result.NameMovers[^1].Layer;
            result = result with
            {
                SInhibitionEffects = SInhibitionTest.Run(
                    model, examples, result.NameMovers, queries.Where(_ => true).RemoveAll(h => h.Layer >= last), seed: options.Seed, memoryBudget: memoryBudget, cancellation: cancellation),
            };
        }

        ImmutableArray<HeadIndex> inhibiting = [.. result.SInhibitionEffects.Where(e => e.Inhibits && Serves(result.QueryEffects![e.Head])).Select(e => e.Head)];
        return result with
        {
            InCircuit = circuit is null ? null : Shares(result, [.. inhibiting.Where(h => ServesInCircuit(circuit, h, result.NameMovers))], h => circuit.ContainsNode(circuit.Graph.HeadNode(h.Layer, h.Head))),
            AllHeads = Shares(result, inhibiting, _ => true),
        };
    }

    private IoiAlgorithmShares Shares(IoiAlgorithmResult heads, ImmutableArray<HeadIndex> inhibiting, Func<HeadIndex, bool> counts)
    {
        var values = ValueEffects([.. inhibiting.Except(heads.CopySuppression)]);
        ImmutableArray<HeadIndex> AboveMean(HeadRole role) =>
            values is not null && scores.Roles.TryGetValue(role, out var table) ? [.. values.Where(Serves).Where(h => counts(h) && table[h] > table.Values.Average())] : [];
        var (induction, duplicates) = (AboveMean(HeadRole.Induction), AboveMean(HeadRole.DuplicateToken));
        return IoiAlgorithmShares.Of(heads, inhibiting, induction, duplicates, values, counts);
    }

    private bool Serves(double effect) => effect < -options.EffectThreshold;

    private static bool ServesInCircuit(Circuit circuit, HeadIndex head, ImmutableArray<HeadIndex> nameMovers)
    {
        var graph = circuit.Graph;
        return nameMovers.Any(n => n.Layer > head.Layer && circuit.ContainsEdge(graph.Edge(graph.HeadNode(head.Layer, head.Head), graph.HeadSlot(n.Layer, n.Head, (int)HeadComponent.Query))));
    }

    /// <summary>Effects on some heads' values, once for the same heads.</summary>
    private HeadTable? ValueEffects(ImmutableArray<HeadIndex> receivers)
    {
        if (receivers.IsEmpty)
        {
            return null;
        }

        foreach (var (known, effects) in valueEffects)
        {
            if (known.SequenceEqual(receivers))
            {
                return effects;
            }
        }

        var measured = Effects(PathReceivers.Of(HeadComponent.Value, receivers));
        valueEffects.Add((receivers, measured));
        return measured;
    }

    private HeadTable? Effects(PathReceivers receivers) => PathPatching
        .Run(model, examples, MetricKind.LogitDifference, PathPatching.EveryHead(model), receivers, memoryBudget: memoryBudget, cancellation: cancellation)
        .EffectTable(model.Config.Heads);
}
