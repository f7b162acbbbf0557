using System.Runtime.CompilerServices;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>The right operand B[inner, columns] of a product, handed out in panels [inner][16]: columns 16·p … of panel p, zero beyond the last.</summary>
internal abstract unsafe class PanelSource
{
    /// <summary>Whether panels are laid out anew for each use, so that reading many rows of A against them pays.</summary>
    public abstract bool Packs { get; }

    /// <summary>
    /// Pieces of a product that a thread gets where there is enough to do: the last ones even out what others on the machine disturb, but each reads A
    /// again, and a plain matrix in shorter strips.
    /// </summary>
    public abstract int PiecesPerThread { get; }

    /// <summary>
    /// Rows <paramref name="first"/> … +<paramref name="count"/> of <paramref name="panels"/> panels from <paramref name="panel"/> on, either where they
    /// are or in <paramref name="scratch"/>, which has room for them.
    /// </summary>
    /// <returns>Row <paramref name="first"/> of the first panel, and how many elements further the next panel's is.</returns>
    public abstract float* Panels(int panel, int panels, int first, int count, float* scratch, out nint stride);
}

/// <summary>A weight's own panels: B = Wᵀ.</summary>
internal sealed unsafe class ResidentPanels(PackedWeight weight) : PanelSource
{
    public override bool Packs => false;

    public override int PiecesPerThread => 12;

    public override float* Panels(int panel, int panels, int first, int count, float* scratch, out nint stride)
    {
        stride = (nint)weight.Inputs * MicroKernel.PanelWidth;
        return weight.Pointer + (panel * stride) + ((nint)first * MicroKernel.PanelWidth);
    }
}

/// <summary>A weight's panels the other way round: B = W, in tiles of 16 × 16 transposed on the way.</summary>
internal sealed unsafe class TransposedPanels(PackedWeight weight) : PanelSource
{
    public override bool Packs => true;

    public override int PiecesPerThread => 12;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float* Panels(int panel, int panels, int first, int count, float* scratch, out nint stride)
    {
        const int width = MicroKernel.PanelWidth;
        stride = (nint)count * width;
        var weightStride = (nint)weight.Inputs * width;

        // Sixteen outputs of all panels before the next sixteen, so that memory is read in the order it lies.
        for (var output = first; output < first + count;)
        {
            var lane = output % width;
            var lanes = Math.Min(width - lane, first + count - output);
            var from = weight.Pointer + (output / width * weightStride) + lane;
            var to = scratch + ((nint)(output - first) * width);
            for (var p = panel; p < panel + panels; p++)
            {
                var input = p * width;
                PanelTranspose.Block(from + ((nint)input * width), width, Math.Min(width, weight.Inputs - input), lanes, to);
                to += stride;
            }

            output += lanes;
        }

        return scratch;
    }
}

/// <summary>A plain matrix [columns, inner] whose rows are B's columns.</summary>
internal sealed unsafe class RowPanels(float* matrix, int columns, int inner) : PanelSource
{
    public override bool Packs => true;

    public override int PiecesPerThread => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float* Panels(int panel, int panels, int first, int count, float* scratch, out nint stride)
    {
        const int width = MicroKernel.PanelWidth;
        stride = (nint)count * width;
        for (var p = 0; p < panels; p++)
        {
            var column = (panel + p) * width;
            PanelTranspose.Rows(matrix + ((nint)column * inner) + first, inner, Math.Min(width, columns - column), count, scratch + (p * stride));
        }

        return scratch;
    }
}

/// <summary>A plain matrix B[inner, columns].</summary>
internal sealed unsafe class ColumnPanels(float* matrix, int columns) : PanelSource
{
    public override bool Packs => true;

    public override int PiecesPerThread => 4;

    // Row by row, so that memory is read in the order it lies.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float* Panels(int panel, int panels, int first, int count, float* scratch, out nint stride)
    {
        const int width = MicroKernel.PanelWidth;
        stride = (nint)count * width;
        var column = panel * width;
        var whole = Math.Min(panels, (columns - column) / width);
        for (var k = 0; k < count; k++)
        {
            var from = matrix + ((nint)(first + k) * columns) + column;
            var to = scratch + ((nint)k * width);
            for (var p = 0; p < whole; p++)
            {
                PanelTranspose.CopyVector(from, to);
                from += width;
                to += stride;
            }

            if (whole < panels)
            {
                var left = columns - column - (whole * width);
                new ReadOnlySpan<float>(from, left).CopyTo(new Span<float>(to, left));
                new Span<float>(to + left, width - left).Clear();
            }
        }

        return scratch;
    }
}
