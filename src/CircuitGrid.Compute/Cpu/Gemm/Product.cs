namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>One C = A·B (+ bias) (+ C), with B in a <see cref="PanelSource"/>. Several may read one source: blocks of a grouped product.</summary>
internal unsafe struct Product
{
    /// <summary>Element (r, k) of A is at r·<see cref="RowStride"/> + k·<see cref="InnerStride"/>.</summary>
    public float* A;

    public nint RowStride;

    public nint InnerStride;

    /// <summary>First row of B in the source.</summary>
    public int FirstInner;

    /// <summary>First column of B in the source; it may lie inside a panel.</summary>
    public int FirstColumn;

    /// <summary>Element (r, n) of C is at r·<see cref="TargetStride"/> + n.</summary>
    public float* C;

    public nint TargetStride;

    /// <summary>One element a column, or null.</summary>
    public float* Bias;
}

/// <summary>What the products of one call have in common.</summary>
/// <param name="Rows">Rows of A and C.</param>
/// <param name="Columns">Columns of B and C.</param>
/// <param name="Inner">Columns of A and rows of B.</param>
/// <param name="PackA">Whether A's elements of one row lie so far apart that they are brought together first.</param>
/// <param name="Accumulate">Whether C's old contents are added, last of all.</param>
internal readonly record struct ProductShape(int Rows, int Columns, int Inner, bool PackA, bool Accumulate);
