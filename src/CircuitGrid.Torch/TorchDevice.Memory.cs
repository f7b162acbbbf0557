using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using CircuitGrid.Compute;
using TorchSharp;
using static TorchSharp.torch;
using Native = TorchSharp.torch.Tensor;
using Tensor = CircuitGrid.Compute.Tensor;

namespace CircuitGrid.Torch;

/// <content>Allocation and transfers.</content>
public sealed unsafe partial class TorchDevice
{
    /// <summary>Elements of a matrix on their way to the device at once: 16 MiB, far more than it takes to start a transfer.</summary>
    private const int StagingElements = 4 << 20;

    /// <summary>Elements of rows that a thread asks of a source at once: they are converted while they are in the cache.</summary>
    private const int PieceElements = 64 << 10;

    public Tensor Allocate(ReadOnlySpan<int> shape, ElementType elementType = ElementType.Float32)
    {
        var extents = KernelShapes.Shape(shape);
        var length = 1L;
        foreach (var extent in extents)
        {
            length = checked(length * extent);
        }

        var type = elementType == ElementType.Float32 ? ScalarType.Float32 : ScalarType.Float64;
        var bytes = checked(length * (elementType == ElementType.Float32 ? sizeof(float) : sizeof(double)));
        return new TorchTensor(this, Reserve([length], type, bytes), extents, elementType, bytes);
    }

    public Weight Prepare(IMatrixSource source)
    {
        var bytes = (long)source.Rows * source.Columns * (weightType == ScalarType.Float32 ? sizeof(float) : sizeof(ushort));
        var matrix = Reserve([source.Rows, source.Columns], weightType, bytes);
        try
        {
            Run(() => Fill(matrix.view(-1), source));
            return new TorchWeight(this, matrix, source.Rows, source.Columns, bytes);
        }
        catch
        {
            matrix.Dispose();
            Track(-bytes);
            throw;
        }
    }

    public void Upload(Tensor destination, IMatrixSource source)
    {
        KernelShapes.Upload(destination, source);
        Run(() => Fill(Flat(destination), source));
    }

    public void Upload(Tensor destination, ReadOnlySpan<float> values)
    {
        KernelShapes.Transfer(destination, values.Length);
        fixed (float* from = values)
        {
            var first = from;
            Run(() =>
            {
                var to = Flat(destination);
                for (var i = 0L; i < destination.Length; i += StagingElements)
                {
                    var count = (int)Math.Min(StagingElements, destination.Length - i);
                    var host = torch.empty(count, ScalarType.Float32);
                    new ReadOnlySpan<float>(first + i, count).CopyTo(Floats(host));
                    Send(to.narrow(0, i, count), host);
                }
            });
        }
    }

    public void Download(Tensor source, Span<float> values)
    {
        KernelShapes.Transfer(source, values.Length);
        Download(source, values, ScalarType.Float32);
    }

    public void Download(Tensor source, Span<double> values)
    {
        KernelShapes.Transfer(source, values.Length);
        Download(source, values, ScalarType.Float64);
    }

    public void Fill(Tensor destination, double value) => Run(() => Flat(destination).fill_(value));

    public void Copy(Tensor destination, Tensor source)
    {
        KernelShapes.Copy(destination, source);
        Run(() => Flat(destination).copy_(Flat(source)));
    }

    private static Span<float> Floats(Native host) => MemoryMarshal.Cast<byte, float>(host.bytes);

    /// <summary>A native tensor that lives until it is disposed, counted as allocated.</summary>
    private Native Reserve(long[] shape, ScalarType type, long bytes)
    {
        if (budget is { } limit && AllocatedBytes + bytes > limit)
        {
            throw new DeviceMemoryException(bytes, AllocatedBytes, limit);
        }

        Native? tensor = null;
        Run(() =>
        {
            options.BeforeAllocation?.Invoke(bytes);
            tensor = torch.empty(shape, type, device).DetachFromDisposeScope();
        });
        Track(bytes);
        return tensor!;
    }

    /// <summary>
    /// Copies elements from ordinary memory. To a GPU they go through pinned memory without anybody waiting: the host's caching allocator hands a
    /// pinned block out again only when the transfer from it is over.
    /// </summary>
    private void Send(Native to, Native host)
    {
        if (IsGpu)
        {
            to.copy_(host.to(to.dtype).pin_memory(), nonBlocking: true);
        }
        else
        {
            to.copy_(host);
        }
    }

    /// <summary>
    /// Reads a matrix some rows at a time, on all threads, into a staging block, or where the elements are to stay: what comes from a mapped
    /// file is never in managed memory.
    /// </summary>
    private void Fill(Native to, IMatrixSource source)
    {
        if (source is TransposedMatrix { Stored: var stored })
        {
            using var turning = torch.NewDisposeScope();
            var whole = torch.empty((long)stored.Rows * stored.Columns, to.dtype, to.device);
            Fill(whole, stored);
            to.view(source.Rows, source.Columns).copy_(whole.view(stored.Rows, stored.Columns).t());
            return;
        }

        var columns = Math.Max(1, source.Columns);
        var rows = Math.Max(1, StagingElements / columns);
        var isDirect = !IsGpu && to.dtype == ScalarType.Float32;
        for (var first = 0; first < source.Rows && source.Columns > 0; first += rows)
        {
            using var scope = torch.NewDisposeScope();
            var count = Math.Min(rows, source.Rows - first);
            var window = to.narrow(0, (long)first * columns, (long)count * columns);
            var host = isDirect ? window : torch.empty((long)count * columns, ScalarType.Float32);
            ReadRows((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(host.bytes)), source, first, count);
            if (!isDirect)
            {
                Send(window, host);
            }
        }
    }

    private void ReadRows(float* to, IMatrixSource source, int first, int count)
    {
        var piece = Math.Max(1, PieceElements / source.Columns);
        try
        {
            Parallel.For(0, (count + piece - 1) / piece, new ParallelOptions { MaxDegreeOfParallelism = threads }, i =>
            {
                var row = i * piece;
                var rows = Math.Min(piece, count - row);
                source.CopyRows(first + row, new Span<float>(to + ((long)row * source.Columns), rows * source.Columns));
            });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private void Download<T>(Tensor source, Span<T> values, ScalarType type)
        where T : unmanaged
    {
        fixed (T* to = values)
        {
            var first = to;
            Run(() =>
            {
                var from = Flat(source);
                for (var i = 0L; i < source.Length; i += StagingElements)
                {
                    var count = (int)Math.Min(StagingElements, source.Length - i);
                    var host = from.narrow(0, i, count).to(type).cpu();
                    MemoryMarshal.Cast<byte, T>(host.bytes).CopyTo(new Span<T>(first + i, count));
                }
            });
        }
    }
}
