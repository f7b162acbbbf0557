namespace CircuitGrid.Compute.Cpu.Memory;

/// <summary>
/// Segments that disposed pools leave to the next ones: a grid loads one checkpoint after the other, each on a device of its own, and
/// the operating system would clear every page again. Safe for several threads.
/// </summary>
internal static class SpareSegments
{
    /// <summary>Most bytes that are kept for nobody in particular.</summary>
    private const long MostBytes = 2L << 30;

    private static readonly Lock gate = new();
    private static readonly List<NativeSegment> spares = [];

    /// <summary>Takes a free segment over from its pool: keeps it, or gives it back to the operating system where enough is kept.</summary>
    public static void Keep(NativeSegment segment)
    {
        lock (gate)
        {
            if (spares.Sum(s => s.TouchedBytes) + segment.TouchedBytes > MostBytes)
            {
                segment.Dispose();
                return;
            }

            spares.Add(segment);
        }
    }

    /// <summary>A free segment of at least so many bytes, which is the caller's from now on; <see langword="null"/> where there is none.</summary>
    public static NativeSegment? Take(long length)
    {
        lock (gate)
        {
            var index = spares.FindIndex(s => s.Length >= length);
            if (index < 0)
            {
                return null;
            }

            var taken = spares[index];
            spares.RemoveAt(index);
            taken.Restart();
            return taken;
        }
    }

    /// <summary>Gives all of them back to the operating system.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool Release()
    {
        lock (gate)
        {
            var any = spares.Count > 0;
            spares.ForEach(s => s.Dispose());
            spares.Clear();
            return any;
        }
    }
}
