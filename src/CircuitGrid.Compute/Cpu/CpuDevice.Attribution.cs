using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Attribution and circuit evaluation.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>Elements that stay in the first-level cache while terms are added to them, long enough to read each term at full speed.</summary>
    private const int MixRun = 2048;

    public void AccumulateScaled(Tensor accumulator, Tensor x, Tensor scale, ReadOnlySpan<float> weights)
    {
        var (rows, width) = KernelShapes.AccumulateScaled(accumulator, x, scale, weights);
        var to = Pointer(accumulator);
        var from = Pointer(x);
        var scales = Pointer(scale);
        var factors = weights.ToArray();
        ParallelRanges(rows, (long)width * factors.Length, (first, last) =>
        {
            for (var t = first; t < last; t++)
            {
                for (var k = 0; k < factors.Length; k++)
                {
                    var row = ((long)k * rows) + t;
                    Elementwise.Map(new AddTimes(factors[k] * scales[row]), to + (t * width), to + (t * width), from + (row * width), width);
                }
            }
        });
    }

    public void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale)
    {
        var (rows, blocks, width) = KernelShapes.SlotDots(c, dy, y, bias, scale);
        var to = Pointer(c);
        var gradients = Pointer(dy);
        var values = Pointer(y);
        var shifts = Pointer(bias);
        var scales = Pointer(scale);
        ParallelRanges(rows, 2L * blocks * Lanes.RoundUp(width), (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                for (var g = 0; g < blocks; g++)
                {
                    var at = (r * blocks * width) + ((long)g * width);
                    to[(r * blocks) + g] = scales[r] * CentredDot(gradients + at, values + at, shifts + ((long)g * width), width);
                }
            }
        });
    }

    // Threads share out the elements, so that each adds the examples up in their order.
    public void SumBlocks(Tensor blocks, Tensor scores, ReadOnlySpan<int> blockOf)
    {
        var length = KernelShapes.SumBlocks(blocks, scores, blockOf);
        var to = Own(blocks).Pointer64;
        var from = Own(scores).Pointer64;
        var block = blockOf.ToArray();
        ParallelPanels(length, 512, 2L * block.Length, (first, last) =>
        {
            for (var e = 0; e < block.Length; e++)
            {
                AddInto(to + (block[e] * length) + first, from + (e * length) + first, last - first);
            }
        });
    }

    public void Mix(Tensor y, Tensor baseline, Tensor deltas, SparseRows terms)
    {
        var (rows, _, width) = KernelShapes.Mix(y, baseline, deltas, terms);
        var to = Pointer(y);
        var start = Pointer(baseline);
        var steps = Pointer(deltas);
        var length = (long)rows * width;
        var runs = (length + MixRun - 1) / MixRun;
        ParallelRanges(runs * terms.Count, MixRun * (1L + (terms.Columns.Length / Math.Max(terms.Count, 1))), (first, last) =>
        {
            for (var item = first; item < last; item++)
            {
                var s = (int)(item % terms.Count);
                var at = item / terms.Count * MixRun;
                var sources = terms.Columns.AsSpan()[terms.Offsets[s]..terms.Offsets[s + 1]];
                AddSources(to + (s * length) + at, start + at, steps + at, length, sources, (int)Math.Min(MixRun, length - at));
            }
        });
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float CentredDot(float* gradient, float* value, float* shift, int width)
    {
        var sum = Vector512<float>.Zero;
        var j = 0;
        for (; j + Lanes.Count <= width; j += Lanes.Count)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(gradient + j), Vector512.Load(value + j) - Vector512.Load(shift + j), sum);
        }

        if (j < width)
        {
            var difference = Vector512.Load(value + j) - Vector512.Load(shift + j);
            sum = Vector512.FusedMultiplyAdd(Lanes.LoadFirst(gradient + j, width - j), Lanes.KeepFirst(difference, width - j), sum);
        }

        return Lanes.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddInto(double* to, double* from, long count)
    {
        var i = 0L;
        for (; i + Vector<double>.Count <= count; i += Vector<double>.Count)
        {
            (Vector.Load(to + i) + Vector.Load(from + i)).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] += from[i];
        }
    }

    /// <summary>y = baseline + the deltas of <paramref name="sources"/> in their order, four to a pass over y.</summary>
    private static void AddSources(float* y, float* baseline, float* deltas, long deltaStride, ReadOnlySpan<int> sources, int count)
    {
        if (sources.IsEmpty)
        {
            new ReadOnlySpan<float>(baseline, count).CopyTo(new Span<float>(y, count));
        }

        for (; sources.Length >= 4; sources = sources[4..])
        {
            AddFour(y, baseline, deltas + (sources[0] * deltaStride), deltas + (sources[1] * deltaStride), deltas + (sources[2] * deltaStride), deltas + (sources[3] * deltaStride), count);
            baseline = y;
        }

        foreach (var f in sources)
        {
            Elementwise.Map(default(Plus), y, baseline, deltas + (f * deltaStride), count);
            baseline = y;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(float* y, float* x, float* a, float* b, float* c, float* d, int count)
    {
        for (var i = 0; i < count; i += Vector<float>.Count)
        {
            var sum = Vector.Load(x + i) + Vector.Load(a + i) + Vector.Load(b + i) + Vector.Load(c + i) + Vector.Load(d + i);
            Elementwise.StoreFirst(y + i, sum, Math.Min(Vector<float>.Count, count - i));
        }
    }

    /// <summary>a + factor·b, rounded once.</summary>
    private readonly struct AddTimes(float factor) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => Vector.FusedMultiplyAdd(Vector.Create(factor), b, a);
    }
}
