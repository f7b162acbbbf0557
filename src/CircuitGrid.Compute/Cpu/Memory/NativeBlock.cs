namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>
/// A rented piece of a <see cref="NativePool"/>. It has no finaliser, because kernels work on bare addresses that don't keep it alive:
/// a block that nobody disposes stays in <see cref="NativePool.AllocatedBytes"/>, where tests see it.
/// </summary>
internal sealed unsafe class NativeBlock(NativePool pool, nint address, long bytes) : IDisposable
{
    private nint address = address;

    /// <summary>First byte, aligned to a cache line.</summary>
    /// <exception cref="ObjectDisposedException">The block was returned.</exception>
    public byte* Pointer
    {
        get
        {
            var pointer = address;
            ObjectDisposedException.ThrowIf(pointer == 0, typeof(Tensor));
            return (byte*)pointer;
        }
    }

    /// <summary>Returns the block; once is enough and more does no harm.</summary>
    public void Dispose()
    {
        var pointer = Interlocked.Exchange(ref address, 0);
        if (pointer != 0)
        {
            pool.Return(pointer, bytes);
        }
    }
}
