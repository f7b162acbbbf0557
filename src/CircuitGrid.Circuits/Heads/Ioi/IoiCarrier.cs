using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads.Ioi;

/// <summary>What the IOI algorithm has heads for.</summary>
public enum IoiCarrier
{
    /// <summary>Copies names.</summary>
    NameMover,

    /// <summary>Writes against names.</summary>
    NegativeNameMover,

    /// <summary>Suppresses copies, and that helps.</summary>
    CopySuppression,

    /// <summary>Suppresses copies, and that hurts.</summary>
    NegativeCopySuppression,

    /// <summary>Serves the name movers' queries.</summary>
    SInhibition,

    /// <summary>Serves the S-inhibition heads' values by induction.</summary>
    Induction,

    /// <summary>Serves the S-inhibition heads' values by looking at duplicates.</summary>
    DuplicateToken,
}

/// <summary>The heads of one kind and what they carry of a step's effects, apart by the way they work. A head that is of two kinds is in both.</summary>
/// <param name="Carrier">The kind.</param>
/// <param name="Helping">Those whose effect is negative: the metric falls without what they do.</param>
/// <param name="Hindering">Those whose effect is positive, whatever their kind is called.</param>
/// <param name="HelpingShare">100·Σ|e| over the helping ones / Σ|e| over all heads that count; <see langword="null"/> where that total is 0.</param>
/// <param name="HinderingShare">The same over the hindering ones.</param>
public sealed record IoiCarrierShare(
    IoiCarrier Carrier, ImmutableArray<HeadIndex> Helping, ImmutableArray<HeadIndex> Hindering, double? HelpingShare, double? HinderingShare)
{
    /// <param name="carrier">The kind.</param>
    /// <param name="effects">e of every head in the kind's step.</param>
    /// <param name="heads">The heads of the kind.</param>
    /// <param name="counting">The heads that count at all.</param>
    internal static IoiCarrierShare Of(IoiCarrier carrier, HeadTable effects, ImmutableArray<HeadIndex> heads, ImmutableArray<HeadIndex> counting)
    {
        var counted = counting.ToHashSet();
        var total = counting.Sum(h => Math.Abs(effects[h]));
        ImmutableArray<HeadIndex> helping = [.. heads.Where(h => counted.Contains(h) && effects[h] < 0)], hindering = [.. heads.Where(h => counted.Contains(h) && effects[h] > 0)];
        return new(carrier, helping, hindering, Share(helping), Share(hindering));

        double? Share(ImmutableArray<HeadIndex> some) => total > 0 ? 100 * (some.Sum(h => Math.Abs(effects[h])) / total) : null;
    }
}
