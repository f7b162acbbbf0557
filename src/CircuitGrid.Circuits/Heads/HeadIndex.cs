using System.Globalization;

namespace CircuitGrid.Circuits.Heads;

/// <summary>An attention head.</summary>
/// <param name="Layer">Zero-based.</param>
/// <param name="Head">Zero-based, within its layer.</param>
public readonly record struct HeadIndex(int Layer, int Head)
{
    /// <summary>The head's name as a node of the graph: <c>a3.h1</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"a{Layer}.h{Head}");
}
