using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace CircuitGrid.Compute.Cpu.Gemm;

/// <summary>
/// scores[e, f, s] += Σ over the rows t of sequence e of deltas[f, t]·(g[s, t] − mean): a sequence's rows lie one after the other, so each score is one long
/// dot product. The work is cut by sequence and by sources; g is copied (and centred) some elements of all slots at a time.
/// </summary>
internal sealed unsafe class ScoreContraction
{
    /// <summary>Bytes of g that are read against many sources: half of a common second-level cache.</summary>
    private const int SlotBytes = 1 << 18;

    /// <summary>Most elements of a dot product at once, so that the rows of a tile of sources stay in the first-level cache.</summary>
    private const int LongestRun = 1024;

    /// <summary>Bytes of lanes that wait for the next run.</summary>
    private const int LaneBytes = 1 << 19;

    /// <summary>Pieces a thread gets where there is enough to do.</summary>
    private const int ItemsPerThread = 4;

    private readonly CpuDevice device;
    private readonly DotKernel kernel = DotKernel.Best;
    private readonly int sources;
    private readonly int slots;
    private readonly int rows;
    private readonly int width;
    private readonly int sourceBlock;
    private readonly int run;

    public ScoreContraction(CpuDevice device, Sequences sequences, int sources, int slots, int width)
    {
        this.device = device;
        this.sources = sources;
        this.slots = slots;
        this.width = width;
        rows = sequences.Rows;
        run = Math.Clamp(SlotBytes / sizeof(float) / Math.Max(slots, 1), DotKernel.Lanes, LongestRun) & -DotKernel.Lanes;
        var slotTiles = Tiles(slots, kernel.Columns);
        var wanted = Math.Max(1, device.Threads == 1 ? 1 : device.Threads * ItemsPerThread / Math.Max(sequences.Count, 1));
        var limit = Math.Max(kernel.Rows, LaneBytes / (Math.Max(slotTiles, 1) * kernel.TileLanes * sizeof(float)) * kernel.Rows);
        sourceBlock = Tiles(Math.Min(limit, Tiles(sources, wanted)), kernel.Rows) * kernel.Rows;
    }

    /// <summary>Adds to the scores of all sequences.</summary>
    public void Run(double* scores, float* deltas, float* g, Sequences sequences, bool centre)
    {
        using var means = device.Rent(centre ? (long)slots * rows * sizeof(float) : 0);
        var mean = centre ? (float*)means.Pointer : null;
        if (centre)
        {
            device.ParallelRanges((long)slots * rows, width, (first, last) =>
            {
                for (var row = first; row < last; row++)
                {
                    mean[row] = DotKernel.Mean(g + (row * width), width);
                }
            });
        }

        var blocks = Tiles(sources, sourceBlock);
        device.ParallelFor(sequences.Count * blocks, i =>
        {
            var (e, block) = Math.DivRem(i, blocks);
            var first = block * sourceBlock;
            Contract(
                scores + (((nint)e * sources) + first) * slots,
                deltas + ((nint)first * rows * width),
                Math.Min(sourceBlock, sources - first),
                g,
                mean,
                sequences.Offsets[e],
                checked(sequences.Length(e) * width));
        });
    }

    private static int Tiles(int count, int size) => (count + size - 1) / size;

    /// <summary>The scores of a block of sources in one sequence, whose rows begin at <paramref name="firstRow"/> and have <paramref name="length"/> elements.</summary>
    private void Contract(double* scores, float* deltas, int count, float* g, float* mean, int firstRow, int length)
    {
        var slotTiles = Tiles(slots, kernel.Columns);
        var laneCount = Tiles(count, kernel.Rows) * slotTiles * kernel.TileLanes;
        using var scratch = device.Rent((long)(laneCount + (slots * run)) * sizeof(float));
        var lanes = (float*)scratch.Pointer;
        var copy = lanes + laneCount;
        new Span<float>(lanes, laneCount).Clear();
        var stride = (nint)rows * width;
        var slice = (nint)firstRow * width;
        for (var first = 0; first < length; first += run)
        {
            var elements = Math.Min(run, length - first);
            CopySlots(g, mean, firstRow, first, elements, copy);
            var tile = lanes;
            for (var f = 0; f < count; f += kernel.Rows)
            {
                var a = deltas + (f * stride) + slice + first;
                for (var s = 0; s < slots; s += kernel.Columns)
                {
                    kernel.AccumulateAll(a, stride, Math.Min(kernel.Rows, count - f), copy + (s * run), run, Math.Min(kernel.Columns, slots - s), elements, tile);
                    tile += kernel.TileLanes;
                }
            }
        }

        for (var f = 0; f < count; f++)
        {
            for (var s = 0; s < slots; s++)
            {
                var tile = lanes + (((f / kernel.Rows * slotTiles) + (s / kernel.Columns)) * kernel.TileLanes);
                scores[((nint)f * slots) + s] += DotKernel.Fold(tile + (((f % kernel.Rows * kernel.Columns) + (s % kernel.Columns)) * DotKernel.Lanes));
            }
        }
    }

    /// <summary>Elements <paramref name="first"/> … of a sequence's rows of every slot, centred where means are given: copy[s, run].</summary>
    private void CopySlots(float* g, float* mean, int firstRow, int first, int elements, float* copy)
    {
        for (var s = 0; s < slots; s++)
        {
            var from = g + ((((nint)s * rows) + firstRow) * width) + first;
            var to = copy + (s * run);
            if (mean == null)
            {
                new ReadOnlySpan<float>(from, elements).CopyTo(new Span<float>(to, elements));
                continue;
            }

            for (var i = 0; i < elements;)
            {
                var (row, column) = Math.DivRem(first + i, width);
                var piece = Math.Min(width - column, elements - i);
                Subtract(from + i, mean[((nint)s * rows) + firstRow + row], to + i, piece);
                i += piece;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(float* x, float value, float* y, int count)
    {
        var i = 0;
        for (; i + Vector256<float>.Count <= count; i += Vector256<float>.Count)
        {
            (Vector256.Load(x + i) - Vector256.Create(value)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = x[i] - value;
        }
    }
}
