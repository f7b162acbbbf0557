using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>What norms take out of gradients.</content>
public sealed unsafe partial class CpuDevice
{
    /// <summary>Sources whose sums run side by side.</summary>
    private const int ProjectionSources = 4;

    public void SubtractProjections(Tensor scores, Tensor u, Tensor c, Sequences sequences, ReadOnlySpan<float> weights, int width)
    {
        var (sources, slots) = KernelShapes.SubtractProjections(scores, u, c, sequences, weights, width);
        var to = Own(scores).Pointer64;
        var source = Pointer(u);
        var slot = Pointer(c);
        var factors = Array.ConvertAll(weights.ToArray(), weight => -(double)weight / width);
        var points = factors.Length;
        var tiles = (sources + ProjectionSources - 1) / ProjectionSources;
        var productsPerItem = (long)points * sequences.Rows / Math.Max(sequences.Count, 1) * ProjectionSources * slots;
        ParallelRanges((long)sequences.Count * tiles, productsPerItem / Lanes.Count, (first, last) =>
        {
            using var scratch = Rent((long)points * sequences.MaxLength * ProjectionSources * sizeof(double));
            var panel = (double*)scratch.Pointer;
            for (var item = first; item < last; item++)
            {
                var (e, f) = ((int)(item / tiles), (int)(item % tiles) * ProjectionSources);
                var (row, length) = (sequences.Offsets[e], sequences.Length(e));
                var used = Math.Min(ProjectionSources, sources - f);
                PackSources(panel, source + ((long)f * points * sequences.Rows) + row, points, sequences.Rows, length, used);
                fixed (double* factor = factors)
                {
                    var at = to + ((((long)e * sources) + f) * slots);
                    for (var s = 0; s < slots; s += Vector<float>.Count)
                    {
                        SubtractTile(at + s, slots, Math.Min(slots - s, Vector<float>.Count), used, panel, slot + ((long)row * slots) + s, sequences.Rows, length, factor, points);
                    }
                }
            }
        });
    }

    public void SubtractAlong(Tensor g, Tensor xhat, Tensor c, ReadOnlySpan<float> weights)
    {
        var (slots, rows, width) = KernelShapes.SubtractAlong(g, xhat, c, weights);
        var to = Pointer(g);
        var normal = Pointer(xhat);
        var slot = Pointer(c);
        var shares = Array.ConvertAll(weights.ToArray(), weight => (float)((double)weight / width));

        // All slots of a row after each other, so that its x̂ of all points stay in the nearest cache.
        ParallelRanges((long)rows * slots, (long)width * shares.Length, (first, last) =>
        {
            var factors = stackalloc float[shares.Length];
            for (var item = first; item < last; item++)
            {
                var (t, s) = Math.DivRem(item, slots);
                for (var k = 0; k < shares.Length; k++)
                {
                    factors[k] = shares[k] * slot[(((k * (long)rows) + t) * slots) + s];
                }

                SubtractRows(to + (((s * rows) + t) * width), normal + (t * width), (nint)rows * width, factors, shares.Length, width);
            }
        });
    }

    /// <summary>to −= Σ_k factors[k]·row k, rows <paramref name="stride"/> elements apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractRows(float* to, float* rows, nint stride, float* factors, int count, int width)
    {
        for (var d = 0; d < width; d += Lanes.Count)
        {
            var value = Vector512.Load(to + d);
            for (var k = 0; k < count; k++)
            {
                value = Vector512.FusedMultiplyAdd(Vector512.Create(-factors[k]), Vector512.Load(rows + (k * stride) + d), value);
            }

            Lanes.StoreFirst(to + d, value, Math.Min(width - d, Lanes.Count));
        }
    }

    /// <summary>panel[k·length + t, 0…4) = u[0…4, k·T + t] in float64, 0 for sources that don't exist.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackSources(double* panel, float* u, int points, int rows, int length, int used)
    {
        for (var k = 0; k < points; k++)
        {
            for (var t = 0; t < length; t++)
            {
                for (var f = 0; f < ProjectionSources; f++)
                {
                    *panel++ = f < used ? u[(f * (long)points * rows) + ((long)k * rows) + t] : 0;
                }
            }
        }
    }

    /// <summary>Four sources by one vector of slots: for each point the sum over positions, then its share of the scores.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SubtractTile(
        double* scores, int slots, int count, int used, double* panel, float* c, int rows, int length, double* factors, int points)
    {
        var lanes = Vector<double>.Count;
        var buffer = stackalloc double[ProjectionSources * Vector<float>.Count];
        for (var f = 0; f < used; f++)
        {
            new ReadOnlySpan<double>(scores + ((long)f * slots), count).CopyTo(new Span<double>(buffer + (f * 2 * lanes), count));
        }

        for (var k = 0; k < points; k++)
        {
            var row = c + ((long)k * rows * slots);
            Vector<double> a0, a1, b0, b1, c0, c1, d0, d1;
            a0 = a1 = b0 = b1 = c0 = c1 = d0 = d1 = Vector<double>.Zero;
            for (var t = 0; t < length; t++)
            {
                Vector.Widen(Vector.Load(row), out var lower, out var upper);
                var u = Vector.Create(panel[0]);
                a0 = Vector.FusedMultiplyAdd(u, lower, a0);
                a1 = Vector.FusedMultiplyAdd(u, upper, a1);
                u = Vector.Create(panel[1]);
                b0 = Vector.FusedMultiplyAdd(u, lower, b0);
                b1 = Vector.FusedMultiplyAdd(u, upper, b1);
                u = Vector.Create(panel[2]);
                c0 = Vector.FusedMultiplyAdd(u, lower, c0);
                c1 = Vector.FusedMultiplyAdd(u, upper, c1);
                u = Vector.Create(panel[3]);
                d0 = Vector.FusedMultiplyAdd(u, lower, d0);
                d1 = Vector.FusedMultiplyAdd(u, upper, d1);
                panel += ProjectionSources;
                row += slots;
            }

            var factor = Vector.Create(factors[k]);
            AddTo(buffer, factor, a0, a1);
            AddTo(buffer + (2 * lanes), factor, b0, b1);
            AddTo(buffer + (4 * lanes), factor, c0, c1);
            AddTo(buffer + (6 * lanes), factor, d0, d1);
        }

        for (var f = 0; f < used; f++)
        {
            new ReadOnlySpan<double>(buffer + (f * 2 * lanes), count).CopyTo(new Span<double>(scores + ((long)f * slots), count));
        }
    }

    private static void AddTo(double* to, Vector<double> factor, Vector<double> lower, Vector<double> upper)
    {
        Vector.FusedMultiplyAdd(factor, lower, Vector.Load(to)).Store(to);
        to += Vector<double>.Count;
        Vector.FusedMultiplyAdd(factor, upper, Vector.Load(to)).Store(to);
    }
}
