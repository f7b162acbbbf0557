using System.Collections.Immutable;

namespace CircuitGrid.Graphs;

/// <summary>A way through a circuit.</summary>
/// <param name="Edges">Its edges, from the input on.</param>
/// <param name="Strength">The product of their |score|, each divided by the largest |score| of the graph.</param>
public sealed record CircuitPath(ImmutableArray<ScoredEdge> Edges, double Strength)
{
    internal static Comparer<CircuitPath> StrongestFirst { get; } = Comparer<CircuitPath>.Create(Compare);

    public override string ToString() => Edges.IsEmpty ? "" : string.Join(' ', Edges.Select(e => e.Name));

    private static int Compare(CircuitPath a, CircuitPath b)
    {
        if (b.Strength.CompareTo(a.Strength) is var strength and not 0)
        {
            return strength;
        }

        return a.Edges.Length.CompareTo(b.Edges.Length) is var length and not 0
            ? length
            : a.Edges.Zip(b.Edges, (x, y) => x.Index.CompareTo(y.Index)).FirstOrDefault(c => c != 0);
    }
}
