using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Published;

/// <summary>What became of a published entry.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Values">Its values beside the computed ones; none where it couldn't be checked.</param>
/// <param name="Reason">Why it couldn't be checked; empty where it was.</param>
public sealed record CheckedEntry(PublishedEntry Entry, ImmutableArray<CheckedValue> Values, string Reason = "")
{
    /// <summary>The worst of its values'.</summary>
    public CheckVerdict Verdict => Values.IsEmpty ? CheckVerdict.NotChecked : Values.Max(v => v.Verdict);

    /// <summary>The value that is furthest off, for what it is allowed.</summary>
    public CheckedValue? Worst => Values.IsEmpty ? null : Values.MaxBy(v => (v.Verdict, v.Share));
}
