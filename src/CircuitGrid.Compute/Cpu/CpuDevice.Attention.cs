using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using CircuitGrid.Compute.Cpu.Attention;
using CircuitGrid.Compute.Cpu.Simd;

namespace CircuitGrid.Compute.Cpu;

/// <content>Attention.</content>
public sealed unsafe partial class CpuDevice
{
    private readonly ConcurrentDictionary<Rotary, RotaryTable> rotaryTables = new();

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
        Tensor z, BlockLayout zLayout, Tensor q, BlockLayout qLayout, Tensor k, BlockLayout kLayout, Tensor v, BlockLayout vLayout, Sequences sequences, AttentionRule rule, Tensor? pattern = null)
    {
        var patternLength = KernelShapes.Attend(z, zLayout, q, qLayout, k, kLayout, v, vLayout, sequences, rule, pattern);
        var (to, queries, keys, values) = (Own(z), Own(q), Own(k), Own(v));
        var weights = pattern is null ? null : Pointer(pattern);
        var patternOffsets = pattern is null ? [] : PatternOffsets(sequences);
        var (longest, keyWidth, valueWidth) = (sequences.MaxLength, qLayout.Width, vLayout.Width);
        ForEveryHead(zLayout.Blocks, sequences, keyWidth + valueWidth, (first, last) =>
        {
            using var scratch = Rent(HeadPass.ForwardFloats(longest, keyWidth, valueWidth) * sizeof(float));
            var pass = new HeadPass((float*)scratch.Pointer, longest, keyWidth, valueWidth, rule);
            var loaded = default(HeadSource);
            for (var item = first; item < last; item++)
            {
                var head = new HeadSource(item, zLayout.Blocks, kLayout);
                var (row, length) = (sequences.Offsets[head.Sequence], sequences.Length(head.Sequence));
                if (item == first || !head.SharesKeys(loaded))
                {
                    pass.LoadForward(Rows.Of(keys.Pointer, kLayout, head.Shared, row), Rows.Of(values.Pointer, vLayout, head.Shared, row), length);
                }

                loaded = head;
                pass.Forward(
                    Rows.Of(to.Pointer, zLayout, head.Head, row),
                    Rows.Of(queries.Pointer, qLayout, head.Head, row),
                    length,
                    weights is null ? null : weights + (head.Head * patternLength) + patternOffsets[head.Sequence]);
            }
        });
    }

    public void AttendBackward(
        Tensor dqkv, HeadLayouts gradientLayouts, Tensor dz, BlockLayout zLayout, Tensor qkv, HeadLayouts layouts, Sequences sequences, AttentionRule rule)
    {
        KernelShapes.AttendBackward(dqkv, gradientLayouts, dz, zLayout, qkv, layouts, sequences, rule);
        var to = Pointer(dqkv);
        var gradient = Pointer(dz);
        var from = Pointer(qkv);
        var (longest, keyWidth, valueWidth) = (sequences.MaxLength, layouts.Query.Width, layouts.Value.Width);
        ForEveryHead(zLayout.Blocks, sequences, 3 * (keyWidth + valueWidth), (first, last) =>
        {
            using var scratch = Rent(HeadPass.BackwardFloats(longest, keyWidth, valueWidth) * sizeof(float));
            var pass = new HeadPass((float*)scratch.Pointer, longest, keyWidth, valueWidth, rule);
            var loaded = default(HeadSource);
            for (var item = first; item < last; item++)
            {
                var head = new HeadSource(item, zLayout.Blocks, layouts.Key);
                var (row, length) = (sequences.Offsets[head.Sequence], sequences.Length(head.Sequence));
                if (item == first || !head.SharesKeys(loaded))
                {
                    pass.LoadBackward(Rows.Of(from, layouts.Key, head.Shared, row), Rows.Of(from, layouts.Value, head.Shared, row), length);
                }

                loaded = head;
                pass.Backward(
                    Rows.Of(to, gradientLayouts.Query, head.Head, row),
                    Rows.Of(to, gradientLayouts.Key, head.Head, row),
                    Rows.Of(to, gradientLayouts.Value, head.Head, row),
                    Rows.Of(gradient, zLayout, head.Head, row),
                    Rows.Of(from, layouts.Query, head.Head, row),
                    length);
            }
        });
    }

    public void SumGroups(Tensor y, BlockLayout yLayout, Tensor x, BlockLayout xLayout)
    {
        KernelShapes.SumGroups(y, yLayout, x, xLayout);
        var to = Pointer(y);
        var from = Pointer(x);
        var size = yLayout.Blocks == 0 ? 0 : xLayout.Blocks / yLayout.Blocks;
        ForEveryBlockRow(yLayout, (long)size * yLayout.Width, (b, t) =>
        {
            var sum = Rows.Of(to, yLayout, b, t).First;
            new ReadOnlySpan<float>(Rows.Of(from, xLayout, b * size, t).First, xLayout.Width).CopyTo(new Span<float>(sum, yLayout.Width));
            for (var g = (b * size) + 1; g < (b + 1) * size; g++)
            {
                Elementwise.Map(default(Plus), sum, sum, Rows.Of(from, xLayout, g, t).First, yLayout.Width);
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

    /// <summary>A table that reaches as far as is asked; layers may turn differently, so each rotary keeps its own. Callers at once at worst make it twice.</summary>
    private RotaryTable TableFor(Rotary rotary, int positions)
    {
        if (!rotaryTables.TryGetValue(rotary, out var table) || table.Positions < positions)
        {
            table = new RotaryTable(rotary, Lanes.RoundUp(positions));
            rotaryTables[rotary] = table;
        }

        return table;
    }
}
