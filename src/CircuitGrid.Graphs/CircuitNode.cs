using QuikGraph;

namespace CircuitGrid.Graphs;

/// <summary>A node of a circuit.</summary>
/// <param name="Index">Its index in the circuit's <see cref="Circuits.Graph.CircuitGraph"/>.</param>
/// <param name="Name">Its name: <c>a3.h1</c>, <c>m2</c>, <c>input</c>, <c>logits</c>.</param>
public sealed record CircuitNode(int Index, string Name)
{
    public override string ToString() => Name;
}

/// <summary>What became of an edge between two circuits.</summary>
public enum EdgeChange
{
    /// <summary>Both have it.</summary>
    Kept,

    /// <summary>Only the second has it.</summary>
    Gained,

    /// <summary>Only the first has it.</summary>
    Lost,
}

/// <summary>An edge of a circuit. A head can be reached through its query, key and value, so that two nodes may have several edges.</summary>
/// <param name="Index">Its index in the circuit's <see cref="Circuits.Graph.CircuitGraph"/>.</param>
/// <param name="Name">Its name: <c>m0->a1.h2&lt;q&gt;</c>.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Target">Where it goes to.</param>
/// <param name="Score">Its score; positive where it helps the task.</param>
/// <param name="Change">What became of it, where the graph is a difference.</param>
public sealed record ScoredEdge(int Index, string Name, CircuitNode Source, CircuitNode Target, double Score, EdgeChange Change = EdgeChange.Kept) : IEdge<CircuitNode>
{
    public override string ToString() => Name;
}
