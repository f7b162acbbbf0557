using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Attribution and circuit evaluation.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>Vectors of a row that stay in registers while terms are added to them.</summary>
    private const int RunVectors = 8;

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
        var run = RunVectors * Vector<float>.Count;
        var runs = (length + run - 1) / run;
        ParallelRanges(runs * terms.Count, run * (1L + (terms.Columns.Length / Math.Max(terms.Count, 1))), (first, last) =>
        {
            for (var item = first; item < last; item++)
            {
                var s = (int)(item / runs);
                var at = item % runs * run;
                MixRun(to + (s * length) + at, start + at, steps + at, length, terms.Columns.AsSpan()[terms.Offsets[s]..terms.Offsets[s + 1]], (int)Math.Min(run, length - at));
            }
        });
    }

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

    /// <summary>y = baseline + the deltas of <paramref name="sources"/>, for a run of elements.</summary>
    private static void MixRun(float* y, float* baseline, float* deltas, long deltaStride, ReadOnlySpan<int> sources, int count)
    {
        if (count < RunVectors * Vector<float>.Count)
        {
            for (var i = 0; i < count; i++)
            {
                var sum = baseline[i];
                foreach (var f in sources)
                {
                    sum += deltas[(f * deltaStride) + i];
                }

                y[i] = sum;
            }

            return;
        }

        var lanes = Vector<float>.Count;
        var (y0, y1, y2, y3) = (Vector.Load(baseline), Vector.Load(baseline + lanes), Vector.Load(baseline + (2 * lanes)), Vector.Load(baseline + (3 * lanes)));
        baseline += 4 * lanes;
        var (y4, y5, y6, y7) = (Vector.Load(baseline), Vector.Load(baseline + lanes), Vector.Load(baseline + (2 * lanes)), Vector.Load(baseline + (3 * lanes)));
        foreach (var f in sources)
        {
            var delta = deltas + (f * deltaStride);
            y0 += Vector.Load(delta);
            y1 += Vector.Load(delta + lanes);
            y2 += Vector.Load(delta + (2 * lanes));
            y3 += Vector.Load(delta + (3 * lanes));
            y4 += Vector.Load(delta + (4 * lanes));
            y5 += Vector.Load(delta + (5 * lanes));
            y6 += Vector.Load(delta + (6 * lanes));
            y7 += Vector.Load(delta + (7 * lanes));
        }

        y0.Store(y);
        y1.Store(y + lanes);
        y2.Store(y + (2 * lanes));
        y3.Store(y + (3 * lanes));
        y4.Store(y + (4 * lanes));
        y5.Store(y + (5 * lanes));
        y6.Store(y + (6 * lanes));
        y7.Store(y + (7 * lanes));
    }

    /// <summary>a + factor·b, rounded once.</summary>
    private readonly struct AddTimes(float factor) : IElementOperation
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Apply(Vector<float> a, Vector<float> b) => Vector.FusedMultiplyAdd(Vector.Create(factor), b, a);
    }
}
