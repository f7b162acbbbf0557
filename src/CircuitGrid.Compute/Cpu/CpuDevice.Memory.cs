namespace CircuitGrid.Compute.Cpu;

/// <content>Allocation and transfers.</content>
public sealed unsafe partial class CpuDevice
{
    public Tensor Allocate(ReadOnlySpan<int> shape, ElementType elementType = ElementType.Float32) => new CpuTensor(pool, shape, elementType);

    /// <summary>Elements of rows asked of a source at once: they are converted while they are in the cache.</summary>
    private const int UploadElements = 128 << 10;

    public void Upload(Tensor destination, IMatrixSource source)
    {
        KernelShapes.Upload(destination, source);
        var to = Own(destination).Pointer;
        var rows = Math.Max(1, UploadElements / Math.Max(1, source.Columns));
        ParallelFor((source.Rows + rows - 1) / rows, i =>
        {
            var first = i * rows;
            var count = Math.Min(rows, source.Rows - first);
            source.CopyRows(first, new Span<float>(to + ((nint)first * source.Columns), count * source.Columns));
        });
    }

    public void Upload(Tensor destination, ReadOnlySpan<float> values)
    {
        KernelShapes.Transfer(destination, values.Length);
        var own = Own(destination);
        if (own.ElementType == ElementType.Float32)
        {
            values.CopyTo(new Span<float>(own.Pointer, values.Length));
            return;
        }

        var to = own.Pointer64;
        for (var i = 0; i < values.Length; i++)
        {
            to[i] = values[i];
        }
    }

    public void Download(Tensor source, Span<float> values)
    {
        KernelShapes.Transfer(source, values.Length);
        var own = Own(source);
        if (own.ElementType == ElementType.Float32)
        {
            new ReadOnlySpan<float>(own.Pointer, values.Length).CopyTo(values);
            return;
        }

        var from = own.Pointer64;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)from[i];
        }
    }

    public void Download(Tensor source, Span<double> values)
    {
        KernelShapes.Transfer(source, values.Length);
        var own = Own(source);
        if (own.ElementType == ElementType.Float64)
        {
            new ReadOnlySpan<double>(own.Pointer64, values.Length).CopyTo(values);
            return;
        }

        var from = own.Pointer;
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = from[i];
        }
    }

    public void Fill(Tensor destination, double value)
    {
        var own = Own(destination);
        if (own.ElementType == ElementType.Float32)
        {
            var to = own.Pointer;
            ParallelRanges(own.Length, 1, (first, last) => Fill(to, first, last, (float)value));
        }
        else
        {
            var to = own.Pointer64;
            ParallelRanges(own.Length, 2, (first, last) => Fill(to, first, last, value));
        }
    }

    public void Copy(Tensor destination, Tensor source)
    {
        KernelShapes.Copy(destination, source);
        var size = source.ElementType == ElementType.Float32 ? sizeof(float) : sizeof(double);
        var to = (byte*)Own(destination).Pointer;
        var from = (byte*)Own(source).Pointer;
        ParallelRanges(source.Length, 1, (first, last) => Buffer.MemoryCopy(from + (first * size), to + (first * size), (last - first) * size, (last - first) * size));
    }

    private static void Fill<T>(T* to, long first, long last, T value)
        where T : unmanaged
    {
        while (first < last)
        {
            var count = (int)Math.Min(last - first, 1 << 30);
            new Span<T>(to + first, count).Fill(value);
            first += count;
        }
    }
}
