using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>The difference of a source's value in some circuit's run to its clean or its ablated output.</summary>
/// <param name="Source">The source node.</param>
/// <param name="Value">Which value: <see cref="Ablated"/>, <see cref="Clean"/>, or an index into the node's mixed values.</param>
/// <param name="FromClean">The difference is to the clean output; otherwise to the ablated one.</param>
internal readonly record struct Difference(int Source, int Value, bool FromClean)
{
    /// <summary>The ablated value: nothing that reaches the node is in the circuit.</summary>
    public const int Ablated = -2;

    /// <summary>The clean value: everything that reaches the node is in the circuit.</summary>
    public const int Clean = -1;
}

/// <summary>How a slot's stream is made: one of the two known residual streams plus differences, in source order. Equal if it is the same stream.</summary>
internal readonly record struct SlotMix(bool FromClean, ImmutableArray<Difference> Terms)
{
    public bool Equals(SlotMix other) => FromClean == other.FromClean && Terms.AsSpan().SequenceEqual(other.Terms.AsSpan());

    // Not System.HashCode: its seed differs from process to process, and nothing here should.
    public override int GetHashCode()
    {
        var hash = FromClean ? 1 : 2;
        foreach (var term in Terms)
        {
            hash = unchecked((((hash * 31) + term.Source) * 31) + term.Value);
        }

        return hash;
    }
}

/// <summary>A node that has to be run: what its slots read. Equal if they read the same.</summary>
internal sealed class MixedNode(ImmutableArray<SlotMix> slots) : IEquatable<MixedNode>
{
    private readonly int hash = slots.Aggregate(17, (hash, slot) => unchecked((hash * 31) + slot.GetHashCode()));

    /// <summary>
    /// q, k and v of a head; the only slot of an MLP or the logits. Where heads are coupled, behind a head's own all heads' queries and then all heads' keys.
    /// </summary>
    public ImmutableArray<SlotMix> Slots => slots;

    public bool Equals(MixedNode? other) => other is not null && other.hash == hash && slots.AsSpan().SequenceEqual(other.Slots.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as MixedNode);

    public override int GetHashCode() => hash;
}
