using System.Globalization;
using CircuitGrid.Circuits.Search;

namespace CircuitGrid.Experiments.Specification;

/// <summary>The largest circuit a search may try: a number of edges, a share of them, all, or whatever suits the graph.</summary>
public readonly record struct EdgeLimit
{
    private EdgeLimit(int? count, double? share)
    {
        Count = count;
        Share = share;
    }

    /// <summary>5 % of the edges of graphs of 20,000 or more, all edges below: 5 % of a tiny graph is a handful.</summary>
    public static EdgeLimit Default => default;

    /// <summary>All edges.</summary>
    public static EdgeLimit All { get; } = new(count: null, 1);

    public int? Count { get; }

    public double? Share { get; }

    /// <exception cref="ArgumentOutOfRangeException">Less than one.</exception>
    public static EdgeLimit OfCount(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new(count, share: null);
    }

    /// <exception cref="ArgumentOutOfRangeException">Not in (0, 1].</exception>
    public static EdgeLimit OfShare(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return new(count: null, share);
    }

    /// <summary>The limit in a graph of so many edges: at least 1, at most all.</summary>
    public int In(int edges)
    {
        // decimal, so that 5 % of 20,000 is 1,000 and not one less
        var limit = Count ?? (Share is { } share ? (int)((decimal)share * edges) : SizeSearchOptions.DefaultMaxEdges(edges));
        return Math.Clamp(limit, 1, edges);
    }

    public override string ToString() =>
        Count?.ToString(CultureInfo.InvariantCulture)
        ?? (Share is { } share ? string.Create(CultureInfo.InvariantCulture, $"{share:R}") : "default");
}
