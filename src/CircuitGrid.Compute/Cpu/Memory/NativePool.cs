using System.Numerics;
using System.Runtime.InteropServices;

namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>
/// Native memory in cache-line aligned blocks of graded sizes (four to an octave, so that at most a fifth is slack). A returned block is
/// kept for the next tensor of its size: fresh pages cost more than most kernels. Safe for several threads.
/// </summary>
internal sealed unsafe class NativePool(long? budget) : IDisposable
{
    /// <summary>Bytes of one vector of 16 float32, and of a cache line.</summary>
    public const int Alignment = 64;

    /// <summary>
    /// Every block has this many bytes more than asked for, so that a whole vector may be read (never written) from any element on.
    /// </summary>
    public const int ReadableSlack = 64;

    private const long SmallestBlock = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<long, Stack<nint>> kept = [];
    private long allocatedBytes;
    private long keptBytes;
    private bool isDisposed;

    /// <summary>Bytes of blocks that are rented now.</summary>
    public long AllocatedBytes => Interlocked.Read(ref allocatedBytes);

    /// <summary>Bytes of blocks that wait to be rented again.</summary>
    public long KeptBytes => Interlocked.Read(ref keptBytes);

    /// <summary>A block of at least <paramref name="bytes"/> with undefined contents.</summary>
    /// <exception cref="DeviceMemoryException">The budget, or the machine, has no room for it.</exception>
    public NativeBlock Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var size = BlockSize(checked(bytes + ReadableSlack));
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            nint address;
            if (kept.TryGetValue(size, out var blocks) && blocks.TryPop(out address))
            {
                keptBytes -= size;
            }
            else
            {
                address = Acquire(size);
            }

            allocatedBytes += size;
            return new NativeBlock(this, address, size);
        }
    }

    /// <summary>Gives all kept blocks back to the operating system.</summary>
    public void Trim()
    {
        lock (gate)
        {
            foreach (var address in kept.Values.SelectMany(blocks => blocks))
            {
                NativeMemory.AlignedFree((void*)address);
            }

            kept.Clear();
            keptBytes = 0;
        }
    }

    /// <summary>Gives kept blocks back; those still rented are given back when they are returned.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            Trim();
        }
    }

    /// <summary>The graded size that holds <paramref name="bytes"/>.</summary>
    internal static long BlockSize(long bytes)
    {
        if (bytes <= SmallestBlock)
        {
            return SmallestBlock;
        }

        var step = 1L << (BitOperations.Log2((ulong)(bytes - 1)) - 2);
        return checked(bytes + step - 1) & -step;
    }

    internal void Return(nint address, long size)
    {
        lock (gate)
        {
            allocatedBytes -= size;
            if (isDisposed)
            {
                NativeMemory.AlignedFree((void*)address);
                return;
            }

            if (!kept.TryGetValue(size, out var blocks))
            {
                kept.Add(size, blocks = new());
            }

            blocks.Push(address);
            keptBytes += size;
        }
    }

    private nint Acquire(long size)
    {
        if (budget is { } limit && allocatedBytes + keptBytes + size > limit)
        {
            Trim();
            if (allocatedBytes + size > limit)
            {
                throw new DeviceMemoryException(size, allocatedBytes, limit);
            }
        }

        try
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)size, Alignment);
        }
        catch (OutOfMemoryException) when (keptBytes > 0)
        {
            Trim();
            return Acquire(size);
        }
        catch (OutOfMemoryException)
        {
            throw new DeviceMemoryException(size, allocatedBytes, limit: null);
        }
    }
}
