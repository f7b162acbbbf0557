using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Attention;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Attention.</content>
public sealed unsafe partial class CpuDevice
{
    private RotaryTable? rotaryTable;

    public void Rotate(Tensor x, BlockLayout layout, Sequences sequences, Rotary rotary, bool inverse)
    {
        KernelShapes.Rotate(x, layout, sequences, rotary);
        var half = rotary.Dimensions / 2;
        var table = TableFor(rotary, sequences.MaxLength);
        var elements = Pointer(x);
        ParallelRanges(layout.Rows, (long)layout.Blocks * rotary.Dimensions, (first, last) =>
        {
            fixed (float* cosines = table.Cosines, sines = table.Sines)
            {
                for (var t = (int)first; t < last; t++)
                {
                    var position = sequences.Positions[t] * half;
                    for (var g = 0; g < layout.Blocks; g++)
                    {
                        RotateRow(Rows.Of(elements, layout, g, t).First, cosines + position, sines + position, half, inverse);
                    }
                }
            }
        });
    }

    public void Attend(
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, Tensor? pattern = null)
    {
        var patternLength = KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, pattern);
        var (to, queries, keys, values) = (Own(z), Own(q), Own(k), Own(v));
        var weights = pattern is null ? null : Pointer(pattern);
        var patternOffsets = pattern is null ? [] : PatternOffsets(sequences);
        var (longest, keyWidth, valueWidth) = (sequences.MaxLength, qLayout.Width, vLayout.Width);
        ForEveryHead(zLayout.Blocks, sequences, keyWidth + valueWidth, (first, last) =>
        {
            using var scratch = Rent(HeadPass.ForwardFloats(longest, keyWidth, valueWidth) * sizeof(float));
            var pass = new HeadPass((float*)scratch.Pointer, longest, keyWidth, valueWidth);
            for (var item = first; item < last; item++)
            {
                var (s, h) = ((int)(item / zLayout.Blocks), (int)(item % zLayout.Blocks));
                var row = sequences.Offsets[s];
                pass.Forward(
                    Rows.Of(to.Pointer, zLayout, h, row),
                    Rows.Of(queries.Pointer, qLayout, h, row),
                    Rows.Of(keys.Pointer, kLayout, h, row),
                    Rows.Of(values.Pointer, vLayout, h, row),
                    sequences.Length(s),
                    weights is null ? null : weights + (h * patternLength) + patternOffsets[s]);
            }
        });
    }

    public void AttendBackward(Tensor dqkv, Tensor dz, BlockLayout zLayout, Tensor qkv, BlockLayout qLayout, BlockLayout kLayout, BlockLayout vLayout, Sequences sequences)
    {
        KernelShapes.AttendBackward(dqkv, dz, zLayout, qkv, qLayout, kLayout, vLayout, sequences);
        var to = Pointer(dqkv);
        var gradient = Pointer(dz);
        var from = Pointer(qkv);
        var (longest, keyWidth, valueWidth) = (sequences.MaxLength, qLayout.Width, vLayout.Width);
        ForEveryHead(zLayout.Blocks, sequences, 3 * (keyWidth + valueWidth), (first, last) =>
        {
            using var scratch = Rent(HeadPass.BackwardFloats(longest, keyWidth, valueWidth) * sizeof(float));
            var pass = new HeadPass((float*)scratch.Pointer, longest, keyWidth, valueWidth);
            for (var item = first; item < last; item++)
            {
                var (s, h) = ((int)(item / zLayout.Blocks), (int)(item % zLayout.Blocks));
                var row = sequences.Offsets[s];
                pass.Backward(
                    Rows.Of(to, qLayout, h, row),
                    Rows.Of(to, kLayout, h, row),
                    Rows.Of(to, vLayout, h, row),
                    Rows.Of(gradient, zLayout, h, row),
                    Rows.Of(from, qLayout, h, row),
                    Rows.Of(from, kLayout, h, row),
                    Rows.Of(from, vLayout, h, row),
                    sequences.Length(s));
            }
        });
    }

    /// <summary>Shares out the pairs of a sequence and a head, each worth its queries times its keys times <paramref name="width"/>.</summary>
    private void ForEveryHead(int heads, Sequences sequences, int width, Action<long, long> body)
    {
        var items = (long)sequences.Count * heads;
        var productsPerItem = sequences.Count == 0 ? 0 : KernelShapes.PatternLength(sequences) / sequences.Count * width / 2;
        ParallelRanges(items, productsPerItem / Lanes.Count, body);
    }

    private static long[] PatternOffsets(Sequences sequences)
    {
        var offsets = new long[sequences.Count];
        for (var s = 1; s < offsets.Length; s++)
        {
            offsets[s] = offsets[s - 1] + ((long)sequences.Length(s - 1) * sequences.Length(s - 1));
        }

        return offsets;
    }

    /// <summary>(a, b) becomes (a·cos − b·sin, b·cos + a·sin), or its inverse, for the two halves of the turned dimensions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RotateRow(float* row, float* cosines, float* sines, int half, bool inverse)
    {
        var sign = inverse ? -1f : 1f;
        var j = 0;

        // Four at a time, because the turned halves of small heads are as short as that.
        for (; j + Vector128<float>.Count <= half; j += Vector128<float>.Count)
        {
            var (a, b) = (Vector128.Load(row + j), Vector128.Load(row + half + j));
            var (cos, sin) = (Vector128.Load(cosines + j), Vector128.Load(sines + j) * sign);
            Vector128.FusedMultiplyAdd(-b, sin, a * cos).Store(row + j);
            Vector128.FusedMultiplyAdd(a, sin, b * cos).Store(row + half + j);
        }

        for (; j < half; j++)
        {
            var (a, b) = (row[j], row[half + j]);
            var (cos, sin) = (cosines[j], sines[j] * sign);
            row[j] = MathF.FusedMultiplyAdd(-b, sin, a * cos);
            row[half + j] = MathF.FusedMultiplyAdd(a, sin, b * cos);
        }
    }

    /// <summary>The table made for the last rotary asked for, or a new one; callers at once at worst make it twice.</summary>
    private RotaryTable TableFor(Rotary rotary, int positions)
    {
        var table = Volatile.Read(ref rotaryTable);
        if (table is null || table.Rotary != rotary || table.Positions < positions)
        {
            table = new RotaryTable(rotary, Lanes.RoundUp(positions));
            Volatile.Write(ref rotaryTable, table);
        }

        return table;
    }
}
