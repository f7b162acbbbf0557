namespace CircuitGrid.Silo;

/// <summary>How a graph is written.</summary>
internal enum GraphFormat
{
    Graphml,
    Dot,
}
