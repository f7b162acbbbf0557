using System.Collections.Immutable;

namespace CircuitGrid.Compute;

/// <summary>
/// Where the elements of a set of equally shaped blocks lie in a tensor: element (block g, row t, column j) is at
/// <c>Offset + g·BlockStride + t·RowStride + j</c>. A fused [T, 3·H·dh] projection and a block-major [G, T, dh] tensor are both of this form.
/// </summary>
public readonly record struct BlockLayout(int Blocks, int Rows, int Width, int Offset, int BlockStride, int RowStride)
{
    /// <summary>Blocks side by side in every row of a [rows, stride] tensor, from column <paramref name="offset"/> on.</summary>
    public static BlockLayout Columns(int blocks, int rows, int width, int stride, int offset = 0) => new(blocks, rows, width, offset, width, stride);

    /// <summary>Blocks one after the other, each [rows, width].</summary>
    public static BlockLayout Stacked(int blocks, int rows, int width, int firstBlock = 0) =>
        new(blocks, rows, width, checked(firstBlock * rows * width), checked(rows * width), width);

    /// <summary>The block that reader <paramref name="g"/> of <paramref name="readers"/> reads, where neighbours share one.</summary>
    public int SharedBlock(int g, int readers) => (int)((long)g * Blocks / readers);
}

/// <summary>
/// Sparse rows in compressed form: row s adds the terms <c>Columns[Offsets[s] … Offsets[s+1]−1]</c>, in that order.
/// </summary>
public sealed record SparseRows(ImmutableArray<int> Offsets, ImmutableArray<int> Columns)
{
    public int Count => Offsets.Length - 1;
}
