using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>Thresholds of the IOI algorithm; the defaults are the paper's.</summary>
public sealed record IoiAlgorithmOptions
{
    /// <summary>What a copy score must be above (positive for name movers, negative for negative ones).</summary>
    public double CopyThreshold { get; init; } = 0.10;

    /// <summary>What a copy suppression score must be above.</summary>
    public double CopySuppressionThreshold { get; init; } = 0.10;

    /// <summary>A head serves those after it if patching its path to them has an effect below minus this.</summary>
    public double EffectThreshold { get; init; } = 0.001;

    /// <summary>Seed of S-inhibition tests.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>How much of each step of the IOI algorithm is carried by the heads that the algorithm names, over some of the model's heads.</summary>
/// <param name="SInhibition">Heads that serve the name movers' queries and pass the test.</param>
/// <param name="Induction">Heads that serve the values of S-inhibition heads and have an induction score above the mean over all heads.</param>
/// <param name="DuplicateToken">Likewise with the duplicate-token score.</param>
/// <param name="ValueEffects">e of every head's paths to the values of S-inhibition heads that aren't copy suppression heads; <see langword="null"/> where there are none.</param>
/// <param name="Direct">B: of the direct effects, by name movers, copy suppression heads, and negative ones.</param>
/// <param name="Queries">C: of the effects on the name movers' queries, by S-inhibition heads; <see langword="null"/> without name movers.</param>
/// <param name="Values">D: of the effects on the S-inhibition heads' values, by induction and duplicate-token heads; <see langword="null"/> without such heads.</param>
public sealed record IoiAlgorithmShares(
    ImmutableArray<HeadIndex> SInhibition,
    ImmutableArray<HeadIndex> Induction,
    ImmutableArray<HeadIndex> DuplicateToken,
    HeadTable? ValueEffects,
    EffectShare Direct,
    EffectShare? Queries,
    EffectShare? Values)
{
    /// <summary>The heads that count, over which the shares are: those in the circuit, or all.</summary>
    public required ImmutableArray<HeadIndex> Heads { get; init; }

    /// <summary>Intervals of B, C and D, in this order; <see langword="null"/> where there is no such share, or its effects were stored without samples.</summary>
    /// <param name="result">The result that the shares are of.</param>
    public ImmutableArray<EffectShareInterval?> Intervals(IoiAlgorithmResult result) =>
    [
        EffectShareInterval.Of(result.DirectEffects, result.DirectCarriers, Heads),
        EffectShareInterval.Of(result.QueryEffects, SInhibition, Heads),
        EffectShareInterval.Of(ValueEffects, [.. Induction, .. DuplicateToken], Heads),
    ];

    /// <summary>Every kind of head with what it carries for the task and against it, by step: B's four, C's one, D's two. Kinds whose step has no effects are left out.</summary>
    /// <param name="result">The result that the shares are of.</param>
    public ImmutableArray<IoiCarrierShare> Carriers(IoiAlgorithmResult result)
    {
        (IoiCarrier Carrier, HeadTable? Effects, ImmutableArray<HeadIndex> Heads)[] kinds =
        [
            (IoiCarrier.NameMover, result.DirectEffects, result.NameMovers),
            (IoiCarrier.NegativeNameMover, result.DirectEffects, result.NegativeNameMovers),
            (IoiCarrier.CopySuppression, result.DirectEffects, result.CopySuppression),
            (IoiCarrier.NegativeCopySuppression, result.DirectEffects, result.NegativeCopySuppression),
            (IoiCarrier.SInhibition, result.QueryEffects, SInhibition),
            (IoiCarrier.Induction, ValueEffects, Induction),
            (IoiCarrier.DuplicateToken, ValueEffects, DuplicateToken),
        ];
        return [.. kinds.Where(k => k.Effects is not null).Select(k => IoiCarrierShare.Of(k.Carrier, k.Effects!, k.Heads, Heads))];
    }

    /// <summary>The shares of heads that are known, over the heads that count.</summary>
    public static IoiAlgorithmShares Of(
        IoiAlgorithmResult result,
        ImmutableArray<HeadIndex> inhibiting,
        ImmutableArray<HeadIndex> induction,
        ImmutableArray<HeadIndex> duplicates,
        HeadTable? valueEffects,
        Func<HeadIndex, bool> counts) => new(
            inhibiting,
            induction,
            duplicates,
            valueEffects,
            EffectShare.Of(result.DirectEffects, result.DirectCarriers, counts),
            result.QueryEffects is null ? null : EffectShare.Of(result.QueryEffects, inhibiting, counts),
            valueEffects is null ? null : EffectShare.Of(valueEffects, [.. induction, .. duplicates], counts))
        {
            Heads = [.. result.DirectEffects.Where(_ => true).Where(counts)],
        };
}

/// <summary>Whether a checkpoint does indirect object identification by the algorithm that Wang et al. (2022) found (docs/method.md, the IOI algorithm).</summary>
/// <param name="NameMovers">Copy names and help.</param>
/// <param name="NegativeNameMovers">Write against names, and have an effect.</param>
/// <param name="CopySuppression">Suppress copies and help.</param>
/// <param name="NegativeCopySuppression">Suppress copies and hurt.</param>
/// <param name="DirectEffects">e of every head's direct path to the logits.</param>
/// <param name="QueryEffects">e of every head's paths to the name movers' queries; <see langword="null"/> without name movers.</param>
/// <param name="InCircuit">Over heads in the circuit, S-inhibition heads having an edge in it to a name mover's query: the figure's. <see langword="null"/> where there is no circuit.</param>
/// <param name="AllHeads">Over all heads, whatever the circuit.</param>
public sealed record IoiAlgorithmResult(
    ImmutableArray<HeadIndex> NameMovers,
    ImmutableArray<HeadIndex> NegativeNameMovers,
    ImmutableArray<HeadIndex> CopySuppression,
    ImmutableArray<HeadIndex> NegativeCopySuppression,
    HeadTable DirectEffects,
    HeadTable? QueryEffects,
    IoiAlgorithmShares? InCircuit,
    IoiAlgorithmShares AllHeads)
{
    /// <summary>The heads that the algorithm has for direct effects.</summary>
    public ImmutableArray<HeadIndex> DirectCarriers => [.. NameMovers, .. NegativeNameMovers, .. CopySuppression, .. NegativeCopySuppression];

    /// <summary>The S-inhibition test of every head in a layer before the last name mover's; empty where the result was read from a store.</summary>
    public ImmutableArray<SInhibitionEffect> SInhibitionEffects { get; init; } = [];
}
