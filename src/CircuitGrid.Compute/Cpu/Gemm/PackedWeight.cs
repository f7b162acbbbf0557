using CircuitGrid.Compute.Cpu.Memory;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// W[outputs, inputs] in panels of 16 outputs, [⌈outputs/16⌉][inputs][16], the last one filled up with zeros: one copy that serves
/// products with W and with Wᵀ.
/// </summary>
internal sealed unsafe class PackedWeight : Weight
{
    private const int Width = MicroKernel.PanelWidth;

    /// <summary>Bytes of rows asked of the source at once: long reads for a checkpoint on disk, yet so few that they stay in a core's cache.</summary>
    private const int ReadBytes = 1 << 17;

    /// <summary>Inputs of a panel that are laid out in a core's nearest cache before they go to memory.</summary>
    private const int PieceInputs = 128;

    private readonly CpuDevice device;
    private readonly NativeBlock block;

    public PackedWeight(CpuDevice device, IMatrixSource source)
        : base(source.Rows, source.Columns)
    {
        this.device = device;
        block = device.Rent(checked((long)PanelCount * Inputs * Width * sizeof(float)));
        try
        {
            if (source is TransposedMatrix { Stored: var stored })
            {
                Read(stored, unit: 1, PackColumns);
            }
            else
            {
                Read(source, unit: Width, PackRows);
            }
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private delegate void Pack(float* from, int first, int count);

    /// <summary>First panel.</summary>
    /// <exception cref="ObjectDisposedException">The weight was disposed.</exception>
    public float* Pointer => (float*)block.Pointer;

    private int PanelCount => (Outputs + Width - 1) / Width;

    protected override void Dispose(bool disposing) => block.Dispose();

    /// <summary>Reads a matrix on all threads, a multiple of <paramref name="unit"/> rows at a time.</summary>
    private void Read(IMatrixSource source, int unit, Pack pack)
    {
        var rowBytes = (long)Math.Max(source.Columns, 1) * sizeof(float);
        var rows = (int)Math.Max(1, ReadBytes / rowBytes / unit) * unit;
        device.ParallelFor((source.Rows + rows - 1) / rows, i =>
        {
            var first = i * rows;
            var count = Math.Min(rows, source.Rows - first);

            // One element beside a cache line where rows are so wide that the source would store them past the caches: they are read again at once.
            var beside = (long)count * source.Columns >= IMatrixSource.StreamedElements ? 1 : 0;
            using var read = device.Rent((count * rowBytes) + (beside * sizeof(float)));
            var from = (float*)read.Pointer + beside;
            source.CopyRows(first, new Span<float>(from, checked(count * source.Columns)));
            pack(from, first, count);
            StreamingCopy.Flush();
        });
    }

    private void PackRows(float* from, int first, int count)
    {
        var piece = stackalloc float[PieceInputs * Width];
        for (var r = 0; r < count; r += Width)
        {
            for (var k = 0; k < Inputs; k += PieceInputs)
            {
                var inputs = Math.Min(PieceInputs, Inputs - k);
                PanelTranspose.Rows(from + ((nint)r * Inputs) + k, Inputs, Math.Min(Width, count - r), inputs, piece);
                StreamingCopy.Copy(piece, Pointer + ((nint)(first + r) * Inputs) + ((nint)k * Width), (nint)inputs * Width);
            }
        }
    }

    private void PackColumns(float* from, int first, int count)
    {
        var piece = stackalloc float[PieceInputs * Width];
        for (var p = 0; p < PanelCount; p++)
        {
            var outputs = Math.Min(Width, Outputs - (p * Width));
            for (var k = 0; k < count; k += PieceInputs)
            {
                var inputs = Math.Min(PieceInputs, count - k);
                for (var i = 0; i < inputs; i++)
                {
                    var row = from + ((nint)(k + i) * Outputs) + (p * Width);
                    if (outputs == Width)
                    {
                        PanelTranspose.CopyVector(row, piece + (i * Width));
                        continue;
                    }

                    for (var r = 0; r < Width; r++)
                    {
                        piece[(i * Width) + r] = r < outputs ? row[r] : 0;
                    }
                }

                StreamingCopy.Copy(piece, Pointer + ((((nint)p * Inputs) + first + k) * Width), (nint)inputs * Width);
            }
        }
    }
}
