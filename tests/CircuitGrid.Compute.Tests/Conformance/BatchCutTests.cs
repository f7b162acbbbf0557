using System.Runtime.InteropServices;
using CircuitGrid.Compute.Cpu;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>
/// A row, sequence or block has the same bits alone as in company, and sums over points go on where they stopped: a batch may be cut anywhere.
/// </summary>
public sealed class BatchCutTests : IDisposable
{
    private const int Rows = 7;

    private readonly CpuDevice device = new(new CpuDeviceOptions { Threads = 2, Grain = 1 });

    public static TheoryData<int> Widths => [1, 15, 16, 17, 33, 100];

    /// <summary>Widths, heads of keys, caps and windows.</summary>
    public static TheoryData<int, int, double, int> Rules => new()
    {
        { 8, 2, 0, 0 },
        { 17, 2, 0, 0 },
        { 64, 2, 0, 0 },
        { 17, 1, 0, 0 },
        { 17, 2, 1.5, 0 },
        { 8, 2, 0, 3 },
        { 64, 1, 1.5, 17 },
    };

    public void Dispose() => device.Dispose();

    [Theory]
    [MemberData(nameof(Widths))]
    public void RowKernels_EachRowAlone_SameBits(int width)
    {
        AssertRowByRow(width, width, (x, _, y) => device.Normalize(y, device.Allocate([y.Rows]), x, 1e-5));
        AssertRowByRow(width, width, (x, other, y) => device.NormalizeBackward(y, x, other, Ones(x.Rows), accumulate: false));
        AssertRowByRow(width, width, (x, _, y) => device.Normalize(y, device.Allocate([y.Rows]), x, 1e-5, centre: false));
        AssertRowByRow(width, width, (x, other, y) => device.NormalizeBackward(y, x, other, Ones(x.Rows), accumulate: false, centre: false));
        AssertRowByRow(3 * width, 3 * width, (x, _, y) => device.NormalizeBlocks(y, device.Allocate([y.Rows, 3]), x, Blocks(x, width), Upload(3, width), 1e-5));
        AssertRowByRow(3 * width, 3 * width, (x, other, y) => device.NormalizeBlocksBackward(
            y, x, Blocks(x, width), other, Blocks(other, width) with { Blocks = 1 }, Ones(x.Rows), Upload(3, width), held: false));
        AssertRowByRow(3 * width, 3 * width, (x, other, y) => device.ClampBackward(y, x, Blocks(x, width), other, Blocks(other, width) with { Blocks = 1 }, 0.7));
        AssertRowByRow(3 * width, width, (x, _, y) => device.SumGroups(y, Blocks(y, width), x, Blocks(x, width)));
        AssertRowByRow(width, width, (x, _, y) => device.SoftCap(y, x, 2));
        AssertRowByRow(2 * width, width, (x, _, y) => device.Gate(y, x, Activation.Silu));
        AssertRowByRow(2 * width, 2 * width, (x, other, y) =>
        {
            using var dy = device.Allocate([x.Rows, width]);
            device.Gate(dy, other, Activation.Gelu);
            device.GateBackward(y, dy, x, Activation.Silu);
        });
        AssertRowByRow(width, width, (x, _, y) => device.Activate(y, x, Activation.Gelu));
        AssertRowByRow(width, width, (x, _, y) => device.Measure(device.Allocate([y.Rows]), y, x, AnswersFor(x.Rows, width)));
        foreach (var kind in (MetricKind[])[MetricKind.LogProbability, MetricKind.LogProbabilityDifference, MetricKind.Divergence])
        {
            AssertRowByRow(width, width, (x, other, y) => device.Measure(
                device.Allocate([y.Rows]), y, x, AnswersFor(x.Rows, width) with { Metric = kind, CleanLogits = other }));
        }

        AssertRowByRow(width, width, (x, _, y) => device.CrossEntropy(device.Allocate([y.Rows]), y, x, new int[x.Rows], 1f));
        AssertRowByRow(3 * width, 3, (x, other, y) => device.SlotDots(y, x, other, Upload(9, 3 * width), Ones(x.Rows)));
        using var weight = device.Prepare(new ArrayMatrix(KernelRun.Values(5, 20 * width), 20, width));
        AssertRowByRow(width, 20, (x, _, y) => device.Linear(y, x, weight));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Attention_EachSequenceAlone_SameBits(int width, int keyHeads, double cap, int window)
    {
        const int Heads = 2;
        var rule = AttentionRule.Of(width) with { SoftCap = cap, Window = window };
        int[] lengths = [5, 33, 1, 18];
        var all = new Sequences(lengths);
        var stride = (Heads + (2 * keyHeads)) * width;
        var gradientStride = 3 * Heads * width;
        using var qkv = Upload(1, all.Rows, stride);
        using var dz = Upload(2, all.Rows, Heads * width);
        var (z, pattern, gradient) = Attend(qkv, dz, all, rule, Heads, keyHeads, width);
        var patternLength = (int)KernelShapes.PatternLength(all);
        var seen = 0;
        for (var s = 0; s < all.Count; s++)
        {
            var alone = new Sequences([lengths[s]]);
            var (first, rows) = (all.Offsets[s], lengths[s]);
            var (ownZ, ownPattern, ownGradient) = Attend(qkv.Slice(first, rows), dz.Slice(first, rows), alone, rule, Heads, keyHeads, width);
            AssertSame(ownZ, z.AsSpan(first * Heads * width, rows * Heads * width));
            AssertSame(ownGradient, gradient.AsSpan(first * gradientStride, rows * gradientStride));
            for (var h = 0; h < Heads; h++)
            {
                AssertSame(ownPattern.AsSpan(h * rows * rows, rows * rows), pattern.AsSpan((h * patternLength) + seen, rows * rows));
            }

            seen += rows * rows;
        }
    }

    [Fact]
    public void Attention_EachHeadAloneWithItsKeys_SameBits()
    {
        const int Width = 17;
        const int Heads = 4;
        var sequences = new Sequences([5, 33, 1, 18]);
        var rows = sequences.Rows;
        var rule = new AttentionRule(0.3, SoftCap: 2, Window: 7);
        var stacked = new HeadLayouts(BlockLayout.Stacked(Heads, rows, Width), BlockLayout.Stacked(2, rows, Width, Heads), BlockLayout.Stacked(2, rows, Width, Heads + 2));
        using var qkv = Upload(1, Heads + 4, rows, Width);
        using var z = device.Allocate([Heads, rows, Width]);
        device.Attend(z, stacked.Query, qkv, stacked.Query, qkv, stacked.Key, qkv, stacked.Value, sequences, rule);
        for (var h = 0; h < Heads; h++)
        {
            using var alone = device.Allocate([1, rows, Width]);
            var one = BlockLayout.Stacked(1, rows, Width);
            device.Attend(alone, one, qkv.Slice(h, 1), one, qkv.Slice(Heads + (h / 2), 1), one, qkv.Slice(Heads + 2 + (h / 2), 1), one, sequences, rule);
            AssertSame(Download(alone), Download(z.Slice(h, 1)));
        }
    }

    [Fact]
    public void Attention_WindowThatHidesNothing_SameBitsAsNone()
    {
        using var qkv = Upload(1, 40, 48);
        using var dz = Upload(2, 40, 16);
        var (z, pattern, gradient) = Attend(qkv, dz, new Sequences([40]), AttentionRule.Of(16), 1, 1, 16);
        var (otherZ, otherPattern, otherGradient) = Attend(qkv, dz, new Sequences([40]), AttentionRule.Of(16) with { Window = 40 }, 1, 1, 16);
        AssertSame(z, otherZ);
        AssertSame(pattern, otherPattern);
        AssertSame(gradient, otherGradient);
        Assert.NotEqual(z, Attend(qkv, dz, new Sequences([40]), AttentionRule.Of(16) with { Window = 39 }, 1, 1, 16).Z);
    }

    [Fact]
    public void Attention_PositionsBeforeTheWindow_ChangeNothing()
    {
        const int Width = 16;
        const int Changed = 20;
        const int Window = 7;
        var values = KernelRun.Values(1, 40 * 3 * Width);
        var changed = (float[])values.Clone();
        Array.Fill(changed, 7f, 0, Changed * 3 * Width);
        using var dz = Upload(2, 40, Width);
        using var original = Upload(values, 40, 3 * Width);
        using var other = Upload(changed, 40, 3 * Width);
        var rule = AttentionRule.Of(Width) with { Window = Window };
        var (before, pattern, gradient) = Attend(original, dz, new Sequences([40]), rule, 1, 1, Width);
        var (after, _, otherGradient) = Attend(other, dz, new Sequences([40]), rule, 1, 1, Width);
        const int First = Changed + Window - 1;
        AssertSame(before.AsSpan(First * Width), after.AsSpan(First * Width));
        AssertSame(gradient.AsSpan(First * 3 * Width), otherGradient.AsSpan(First * 3 * Width));
        Assert.NotEqual(before[(First - 1) * Width], after[(First - 1) * Width]);
        for (var t = 0; t < 40; t++)
        {
            Assert.All(pattern[(t * 40)..((t * 40) + Math.Max(0, t - Window + 1))], weight => Assert.Equal(0, weight));
            Assert.All(pattern[((t * 40) + Math.Max(0, t - Window + 1))..((t * 40) + t + 1)], weight => Assert.True(weight > 0));
        }
    }

    [Fact]
    public void Attention_LaterPositions_ChangeNothingBefore()
    {
        const int Width = 16;
        var values = KernelRun.Values(1, 40 * 3 * Width);
        var changed = (float[])values.Clone();
        Array.Fill(changed, 7f, 21 * 3 * Width, 19 * 3 * Width);
        using var dz = Upload(2, 40, Width);
        using var original = Upload(values, 40, 3 * Width);
        using var other = Upload(changed, 40, 3 * Width);
        var before = Attend(original, dz, new Sequences([40]), AttentionRule.Of(Width), 1, 1, Width).Z;
        var after = Attend(other, dz, new Sequences([40]), AttentionRule.Of(Width), 1, 1, Width).Z;
        AssertSame(before.AsSpan(0, 21 * Width), after.AsSpan(0, 21 * Width));
        Assert.NotEqual(before[21 * Width], after[21 * Width]);
    }

    [Fact]
    public void SumsOverPoints_CutAnywhere_SameBits()
    {
        var sequences = new Sequences([4, 2, 7]);
        var (rows, width, sources) = (sequences.Rows, 35, 5);
        float[] weights = [0.3f, -1.1f, 0.7f, 0.05f];
        using var x = Upload(1, weights.Length * rows, width);
        using var scale = Upload(2, weights.Length * rows);
        var us = KernelRun.Values(3, sources * weights.Length * rows);
        using var u = Upload(us, sources, weights.Length * rows);
        using var whole = Zeros(ElementType.Float32, rows, width);
        using var cut = Zeros(ElementType.Float32, rows, width);
        using var wholeScores = Zeros(ElementType.Float64, sequences.Count, sources, width);
        using var cutScores = Zeros(ElementType.Float64, sequences.Count, sources, width);
        device.AccumulateScaled(whole, x, scale, weights);
        device.SubtractProjections(wholeScores, u, x, sequences, weights, 24);
        foreach (var (first, count) in ((int, int)[])[(0, 1), (1, 2), (3, 1)])
        {
            var points = weights.AsSpan(first, count);
            var part = x.Slice(first * rows, count * rows);
            using var partOfU = Upload(
                [.. Enumerable.Range(0, sources).SelectMany(f => us.Skip((f * weights.Length * rows) + (first * rows)).Take(count * rows))], sources, count * rows);
            device.AccumulateScaled(cut, part, scale.Slice(first * rows, count * rows), points);
            device.SubtractProjections(cutScores, partOfU, part, sequences, points, 24);
        }

        AssertSame(Download(whole), Download(cut));
        AssertSame(Download(wholeScores), Download(cutScores));
    }

    [Fact]
    public void Mix_EachSlotAlone_SameBits()
    {
        const int Width = 33;
        using var baseline = Upload(1, 5, Width);
        using var deltas = Upload(2, 4, 5, Width);
        using var all = device.Allocate([3, 5, Width]);
        int[][] terms = [[3, 0, 1], [2], [0, 2, 3, 1]];
        device.Mix(all, baseline, deltas, new SparseRows([0, 3, 4, 8], [.. terms.SelectMany(row => row)]));
        for (var s = 0; s < terms.Length; s++)
        {
            using var alone = device.Allocate([1, 5, Width]);
            device.Mix(alone, baseline, deltas, new SparseRows([0, terms[s].Length], [.. terms[s]]));
            AssertSame(Download(alone), Download(all.Slice(s, 1)));
        }
    }

    private static BlockLayout Blocks(Tensor tensor, int width) => BlockLayout.Columns(tensor.Columns / width, tensor.Rows, width, tensor.Columns);

    private static Answers AnswersFor(int count, int vocabulary) =>
        new Answers(MetricKind.ProbabilityDifference, [[0]], [[vocabulary - 1, vocabulary / 2]]).Repeat(count);

    private static void AssertSame(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual) =>
        Assert.True(MemoryMarshal.AsBytes(expected).SequenceEqual(MemoryMarshal.AsBytes(actual)), "bits differ");

    private (double[] Z, double[] Pattern, double[] Gradient) Attend(Tensor qkv, Tensor dz, Sequences sequences, AttentionRule rule, int heads, int keyHeads, int width)
    {
        var layouts = HeadLayouts.SideBySide(heads, keyHeads, sequences.Rows, width);
        var own = BlockLayout.Columns(heads, sequences.Rows, width, heads * width);
        using var z = device.Allocate([sequences.Rows, heads * width]);
        using var pattern = device.Allocate([heads, (int)KernelShapes.PatternLength(sequences)]);
        using var gradient = device.Allocate([sequences.Rows, 3 * heads * width]);
        device.Attend(z, own, qkv, layouts.Query, qkv, layouts.Key, qkv, layouts.Value, sequences, rule, pattern);
        device.AttendBackward(gradient, HeadLayouts.SideBySide(heads, heads, sequences.Rows, width), dz, own, qkv, layouts, sequences, rule);
        return (Download(z), Download(pattern), Download(gradient));
    }

    private void AssertRowByRow(int inputs, int outputs, Action<Tensor, Tensor, Tensor> kernel)
    {
        using var x = Upload(1, Rows, inputs);
        using var other = Upload(2, Rows, inputs);
        using var y = device.Allocate([Rows, outputs]);
        kernel(x, other, y);
        foreach (var (first, count) in ((int, int)[])[(0, 1), (1, 3), (4, 1), (5, 2)])
        {
            using var part = device.Allocate([count, outputs]);
            kernel(x.Slice(first, count), other.Slice(first, count), part);
            AssertSame(Download(y.Slice(first, count)), Download(part));
        }
    }

    private Tensor Ones(int count)
    {
        var ones = device.Allocate([count]);
        device.Fill(ones, 1);
        return ones;
    }

    private Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        var zeros = device.Allocate(shape, type);
        device.Fill(zeros, 0);
        return zeros;
    }

    private Tensor Upload(int seed, params ReadOnlySpan<int> shape)
    {
        var count = 1;
        foreach (var extent in shape)
        {
            count *= extent;
        }

        return Upload(KernelRun.Values(seed, count), shape);
    }

    private Tensor Upload(float[] values, params ReadOnlySpan<int> shape)
    {
        var tensor = device.Allocate(shape);
        device.Upload(tensor, values);
        return tensor;
    }

    private double[] Download(Tensor tensor)
    {
        var values = new double[tensor.Length];
        device.Download(tensor, values);
        return values;
    }
}
