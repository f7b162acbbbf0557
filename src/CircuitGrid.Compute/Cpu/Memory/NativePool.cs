namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>
/// Native memory in cache-line aligned blocks, cut from a few large segments. A block is cut from the lowest place that has room, and a
/// returned one joins the free ranges beside it: tensors of all sizes use the same pages again, because fresh pages cost more than most
/// kernels, and what was never needed at one time is never touched. Safe for several threads.
/// </summary>
internal sealed class NativePool(long? budget) : IDisposable
{
    /// <summary>Bytes of one vector of 16 float32, and of a cache line.</summary>
    public const int Alignment = 64;

    /// <summary>
    /// Every block has this many bytes more than asked for, so that a whole vector may be read (never written) from any element on.
    /// </summary>
    public const int ReadableSlack = 64;

    /// <summary>
    /// Address space of a segment: so much that the largest tensors find room among the pages that smaller ones have left. The operating
    /// system gives it pages as they are touched. A still larger block gets a segment of its own.
    /// </summary>
    internal const long SegmentBytes = 1L << 30;

    private readonly Lock gate = new();
    private readonly List<NativeSegment> segments = [];
    private long allocatedBytes;
    private bool isDisposed;

    /// <summary>Bytes of blocks that are rented now.</summary>
    public long AllocatedBytes => Interlocked.Read(ref allocatedBytes);

    /// <summary>Bytes that were rented before and wait to be rented again.</summary>
    public long KeptBytes
    {
        get
        {
            lock (gate)
            {
                return TouchedBytes - allocatedBytes;
            }
        }
    }

    private long TouchedBytes => segments.Sum(s => s.TouchedBytes);

    /// <summary>A block of at least <paramref name="bytes"/> with undefined contents.</summary>
    /// <exception cref="DeviceMemoryException">The budget, or the machine, has no room for it.</exception>
    public NativeBlock Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var size = checked(bytes + ReadableSlack + Alignment - 1) & -Alignment;
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (allocatedBytes + size > budget)
            {
                throw new DeviceMemoryException(size, allocatedBytes, budget);
            }

            var address = Cut(size);
            allocatedBytes += size;
            return new NativeBlock(this, address, size);
        }
    }

    /// <summary>Gives segments without rented blocks back to the operating system.</summary>
    public void Trim()
    {
        lock (gate)
        {
            foreach (var segment in segments.Where(s => s.IsFree))
            {
                segment.Dispose();
            }

            segments.RemoveAll(s => s.IsFree);
        }
    }

    /// <summary>Leaves free segments to other pools (<see cref="SpareSegments"/>); the others follow when their last block is returned.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            LeaveFreeSegments();
        }
    }

    internal void Return(nint address, long size)
    {
        lock (gate)
        {
            allocatedBytes -= size;
            segments.First(s => s.Contains(address)).Return(address, size);
            if (isDisposed)
            {
                LeaveFreeSegments();
            }
        }
    }

    private void LeaveFreeSegments()
    {
        // Whoever takes one over may use it at once, so it is let go first.
        var free = segments.FindAll(s => s.IsFree);
        segments.RemoveAll(free.Contains);
        free.ForEach(SpareSegments.Keep);
    }

    private nint Cut(long size)
    {
        foreach (var segment in segments)
        {
            if (segment.TryCut(size, out var address))
            {
                return address;
            }
        }

        if (TouchedBytes + size > budget)
        {
            Trim();
        }

        var added = SpareSegments.Take(Math.Max(size, SegmentBytes)) ?? Add(Math.Max(size, SegmentBytes), size);
        segments.Add(added);
        return added.TryCut(size, out var first) ? first : throw new InvalidOperationException("A new segment holds the block it was made for.");
    }

    /// <summary>A new segment; where the machine hasn't enough, what is free is given back, and then only what the block needs is asked for.</summary>
    private NativeSegment Add(long length, long size)
    {
        while (true)
        {
            try
            {
                return new NativeSegment(length);
            }
            catch (OutOfMemoryException) when (segments.Exists(s => s.IsFree) || SpareSegments.Release())
            {
                Trim();
            }
            catch (OutOfMemoryException) when (length > size)
            {
                length = size;
            }
            catch (OutOfMemoryException)
            {
                throw new DeviceMemoryException(size, allocatedBytes, limit: null);
            }
        }
    }
}
