using CircuitGrid.Compute.Cpu.Memory;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// W[outputs, inputs] in panels of 16 outputs, [⌈outputs/16⌉][inputs][16], the last one filled up with zeros: one copy that serves
/// products with W and with Wᵀ.
/// </summary>
internal sealed unsafe class PackedWeight : Weight
{
    /// <summary>Bytes of rows asked of the source at once: long reads for a checkpoint on disk, yet small beside a weight.</summary>
    private const int ReadBytes = 1 << 18;

    private readonly NativeBlock block;

    public PackedWeight(CpuDevice device, IMatrixSource source)
        : base(source.Rows, source.Columns)
    {
        block = device.Rent(checked((long)PanelCount * Inputs * MicroKernel.PanelWidth * sizeof(float)));
        try
        {
            var panelBytes = (long)Math.Max(Inputs, 1) * MicroKernel.PanelWidth * sizeof(float);
            var panels = (int)Math.Clamp(ReadBytes / panelBytes, 1, Math.Max(1, PanelCount / device.Threads));
            device.ParallelFor((PanelCount + panels - 1) / panels, i => Pack(device, source, i * panels, Math.Min(panels, PanelCount - (i * panels))));
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    /// <summary>First panel.</summary>
    /// <exception cref="ObjectDisposedException">The weight was disposed.</exception>
    public float* Pointer => (float*)block.Pointer;

    private int PanelCount => (Outputs + MicroKernel.PanelWidth - 1) / MicroKernel.PanelWidth;

    protected override void Dispose(bool disposing) => block.Dispose();

    private void Pack(CpuDevice device, IMatrixSource source, int panel, int panels)
    {
        const int width = MicroKernel.PanelWidth;
        var firstRow = panel * width;
        var rows = Math.Min(panels * width, Outputs - firstRow);
        using var read = device.Rent((long)rows * Inputs * sizeof(float));
        var from = (float*)read.Pointer;
        source.CopyRows(firstRow, new Span<float>(from, checked(rows * Inputs)));
        for (var r = 0; r < rows; r += width)
        {
            PanelTranspose.Rows(from + ((nint)r * Inputs), Inputs, Math.Min(width, rows - r), Inputs, Pointer + ((nint)(firstRow + r) * Inputs));
        }
    }
}
