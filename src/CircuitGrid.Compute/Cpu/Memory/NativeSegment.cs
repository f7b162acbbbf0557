using System.Runtime.InteropServices;

namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>A stretch of native memory from which blocks are cut, the lowest free place first. Not safe for several threads.</summary>
internal sealed unsafe partial class NativeSegment : IDisposable
{
    /// <summary>Size of a huge page on the machines this runs on.</summary>
    private const int HugePage = 2 << 20;

    /// <summary>Linux's advice that a range had better be made of huge pages, where the system leaves that to programs.</summary>
    private const int AdviseHugePages = 14;

    private readonly nint start;

    /// <summary>Free ranges by offset; no two touch.</summary>
    private readonly List<(long Offset, long Length)> free;

    /// <exception cref="OutOfMemoryException">The machine hasn't that much.</exception>
    public NativeSegment(long length)
    {
        Length = length;
        start = (nint)NativeMemory.AlignedAlloc((nuint)length, HugePage);
        free = [(0, length)];
        if (OperatingSystem.IsLinux())
        {
            // Touching fresh memory page by page costs as much as converting a checkpoint into it. Where the advice can't be taken nothing is lost.
            _ = Advise(start, (nuint)length, AdviseHugePages);
        }
    }

    /// <summary>Bytes of address space.</summary>
    public long Length { get; }

    /// <summary>Bytes up to the end of the highest block that its pool ever cut.</summary>
    public long TouchedBytes { get; private set; }

    public bool IsFree => free is [var only] && only.Length == Length;

    public bool Contains(nint address) => address >= start && address - start < Length;

    /// <summary>Cuts a block from the lowest range that holds it.</summary>
    /// <param name="size">Bytes, a multiple of <see cref="NativePool.Alignment"/>.</param>
    /// <param name="address">The block's first byte.</param>
    public bool TryCut(long size, out nint address)
    {
        for (var i = 0; i < free.Count; i++)
        {
            var (offset, room) = free[i];
            if (room < size)
            {
                continue;
            }

            if (room == size)
            {
                free.RemoveAt(i);
            }
            else
            {
                free[i] = (offset + size, room - size);
            }

            TouchedBytes = Math.Max(TouchedBytes, offset + size);
            address = start + (nint)offset;
            return true;
        }

        address = 0;
        return false;
    }

    /// <summary>Takes a block back and joins it with the free ranges it touches.</summary>
    public void Return(nint address, long size)
    {
        var offset = (long)(address - start);
        var next = free.FindIndex(f => f.Offset > offset);
        next = next < 0 ? free.Count : next;
        if (next < free.Count && free[next].Offset == offset + size)
        {
            size += free[next].Length;
            free.RemoveAt(next);
        }

        if (next > 0 && free[next - 1] is var before && before.Offset + before.Length == offset)
        {
            free[next - 1] = (before.Offset, before.Length + size);
        }
        else
        {
            free.Insert(next, (offset, size));
        }
    }

    /// <summary>Begins to count <see cref="TouchedBytes"/> for another pool.</summary>
    public void Restart() => TouchedBytes = 0;

    public void Dispose() => NativeMemory.AlignedFree((void*)start);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint start, nuint length, int advice);
}
