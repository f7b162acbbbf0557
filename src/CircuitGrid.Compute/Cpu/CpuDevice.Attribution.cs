using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Attribution and circuit evaluation.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>Elements of a stream that are mixed for all rows in turn, so that the differences' parts there stay in the second-level cache.</summary>
    private const int MixRun = 512;

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

    public void SlotDots(Tensor c, Tensor dy, Tensor y, Tensor bias, Tensor scale, ReadOnlySpan<int> blockOf = default)
    {
        var (rows, blocks, width) = KernelShapes.SlotDots(c, dy, y, bias, scale, blockOf);
        var to = Pointer(c);
        var gradients = Pointer(dy);
        var values = Pointer(y);
        var shifts = Pointer(bias);
        var scales = Pointer(scale);
        var columns = (long)y.Columns;
        var shared = blockOf.ToArray();
        ParallelRanges(rows, 2L * blocks * Lanes.RoundUp(width), (first, last) =>
        {
            for (var r = first; r < last; r++)
            {
                for (var g = 0; g < blocks; g++)
                {
                    var at = (long)width * (shared.Length == 0 ? g : shared[g]);
                    to[(r * blocks) + g] = scales[r] * CentredDot(gradients + (((r * blocks) + g) * width), values + (r * columns) + at, shifts + at, width);
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

    /// <summary>y = baseline + the deltas of <paramref name="sources"/> in their order, a strip of y held in registers meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSources(float* y, float* baseline, float* deltas, long deltaStride, ReadOnlySpan<int> sources, int count)
    {
        const int Strip = 4 * Lanes.Count;
        var i = 0;
        for (; i + Strip <= count; i += Strip)
        {
            var (s0, s1) = (Vector512.Load(baseline + i), Vector512.Load(baseline + i + Lanes.Count));
            var (s2, s3) = (Vector512.Load(baseline + i + (2 * Lanes.Count)), Vector512.Load(baseline + i + (3 * Lanes.Count)));
            foreach (var source in sources)
            {
                var delta = deltas + (source * deltaStride) + i;
                s0 += Vector512.Load(delta);
                s1 += Vector512.Load(delta + Lanes.Count);
                s2 += Vector512.Load(delta + (2 * Lanes.Count));
                s3 += Vector512.Load(delta + (3 * Lanes.Count));
            }

            s0.Store(y + i);
            s1.Store(y + i + Lanes.Count);
            s2.Store(y + i + (2 * Lanes.Count));
            s3.Store(y + i + (3 * Lanes.Count));
        }

        for (; i < count; i += Lanes.Count)
        {
            var sum = Vector512.Load(baseline + i);
            foreach (var source in sources)
            {
                sum += Vector512.Load(deltas + (source * deltaStride) + i);
            }

            Lanes.StoreFirst(y + i, sum, Math.Min(Lanes.Count, count - i));
        }
    }

    /// <summary>a + factor·b, rounded once.</summary>
    private readonly struct AddTimes(float factor) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => Vector.FusedMultiplyAdd(Vector.Create(factor), b, a);
    }
}
