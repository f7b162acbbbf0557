namespace CircuitGrid.Circuits.Search;

/// <summary>Settings of a search for the smallest faithful circuit.</summary>
public sealed record SizeSearchOptions
{
    /// <summary>How the size is found.</summary>
    public SearchRule Rule { get; init; } = SearchRule.Grid;

    /// <summary>The share of the model's metric that a circuit must keep.</summary>
    /// <value>The default is 0.8, as in the paper.</value>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Largest budget tried.</summary>
    /// <value>The default is 5 % of the edges for graphs of 20,000 edges or more and all edges below, written as <see langword="null"/>.</value>
    public int? MaxEdges { get; init; }

    /// <summary>The largest budget where none is asked for.</summary>
    public static int DefaultMaxEdges(int edges) => edges >= 20_000 ? edges / 20 : edges;
}
