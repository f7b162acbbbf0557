using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Heads.Patching;

/// <summary>What a head computes from the residual stream.</summary>
public enum HeadComponent
{
    Query,
    Key,
    Value,
}

/// <summary>At which tokens a path is patched.</summary>
public enum PatchPositions
{
    /// <summary>Everywhere.</summary>
    All,

    /// <summary>At the last token only, where the answer is read (END).</summary>
    Last,
}

/// <summary>Where the paths that are patched end.</summary>
public sealed class PathReceivers
{
    private PathReceivers(ImmutableArray<HeadIndex> heads, HeadComponent? component) => (Heads, Component) = (heads, component);

    /// <summary>The residual stream that the logits read: direct effects.</summary>
    public static PathReceivers FinalResidual { get; } = new([], component: null);

    /// <summary>The receiving heads; none where the receiver is the final residual stream.</summary>
    public ImmutableArray<HeadIndex> Heads { get; }

    /// <summary>What of the heads receives; <see langword="null"/> where the receiver is the final residual stream.</summary>
    public HeadComponent? Component { get; }

    /// <summary>The queries, keys or values of some heads.</summary>
    /// <exception cref="ArgumentException">There is no head.</exception>
    public static PathReceivers Of(HeadComponent component, IEnumerable<HeadIndex> heads)
    {
        ImmutableArray<HeadIndex> receiving = [.. heads.Distinct().OrderBy(h => h.Layer).ThenBy(h => h.Head)];
        return receiving.IsEmpty
            ? throw new ArgumentException("A path needs a receiving head.", nameof(heads))
            : new PathReceivers(receiving, component);
    }
}
