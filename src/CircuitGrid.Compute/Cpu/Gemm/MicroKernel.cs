using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// The innermost part of a matrix product: a small tile of C, held in vector registers, from some rows of A and one or two panels of B.
/// Every element is one chain of fused multiply-adds over k in order, whichever kernel, vector width or tile it falls into, so the
/// choice of a kernel never changes a bit.
/// </summary>
internal abstract unsafe class MicroKernel
{
    /// <summary>Columns of a panel: B lies in panels [inner][16].</summary>
    public const int PanelWidth = 16;

    /// <summary>The kernel for the widest vectors this machine has registers for.</summary>
    public static MicroKernel Best { get; } =
        Vector512.IsHardwareAccelerated ? new MicroKernel512() : Vector256.IsHardwareAccelerated ? new MicroKernel256() : new MicroKernel128();

    /// <summary>Rows of a full tile.</summary>
    public abstract int Rows { get; }

    /// <summary>Panels that a tile spans, 1 or 2.</summary>
    public abstract int Panels { get; }

    /// <summary>Columns that a tile spans.</summary>
    public int Columns => Panels * PanelWidth;

    /// <summary>Rows that the next tile should have where <paramref name="remaining"/> are left.</summary>
    public abstract int NextRows(int remaining);

    /// <summary>target[r, 0 … Columns) = source[r, …] + Σ_k a[r, k]·b[k, …], or from 0 where source is null; no row beyond <paramref name="rows"/> is touched.</summary>
    /// <param name="rows">A number that <see cref="NextRows"/> gave.</param>
    /// <param name="a">Element (r, k) is at r·<paramref name="rowStride"/> + k·<paramref name="innerStride"/>.</param>
    /// <param name="panels">First panel; the tile's next one is <paramref name="panelStride"/> further (0: the same again).</param>
    /// <param name="source">Partial sums of earlier k, rows of <see cref="Columns"/> elements without gaps.</param>
    /// <param name="target">Rows <paramref name="targetStride"/> apart; may be <paramref name="source"/>.</param>
    public abstract void Multiply(
        int rows, int inner, float* a, nint rowStride, nint innerStride, float* panels, nint panelStride, float* source, float* target, nint targetStride);
}
