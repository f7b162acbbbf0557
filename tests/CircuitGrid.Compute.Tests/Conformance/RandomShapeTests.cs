using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Kernels with many extents against the reference, over shapes nobody chose.</summary>
public sealed class RandomShapeTests
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(40);

    private static Gen<int> Extent(int largest) => Gen.Choose(1, largest);

    [Fact]
    public void Attention_AnyLengthsAndWidths_AgreesWithTheReference()
    {
        var shapes =
            from lengths in Extent(40).ListOf(3).Where(list => list.Count > 0)
            from keyHeads in Extent(2)
            from readers in Extent(3)
            from width in Extent(40)
            from valueWidth in Extent(40)
            from cap in Gen.Elements(0.0, 0.0, 1.5, 20)
            from window in Gen.OneOf(Gen.Constant(0), Extent(45))
            from seed in Gen.Choose(0, 1_000_000)
            select (lengths, keyHeads, readers, width, valueWidth, cap, window, seed);
        Prop.ForAll(shapes.ToArbitrary(), shape =>
        {
            var sequences = new Sequences(shape.lengths);
            var (rows, keyHeads, width, valueWidth) = (sequences.Rows, shape.keyHeads, shape.width, shape.valueWidth);
            var heads = keyHeads * shape.readers;
            var rule = AttentionRule.Of(width) with { SoftCap = shape.cap, Window = shape.window };
            HeadLayouts layouts(int keys, int stride) => new(
                BlockLayout.Columns(heads, rows, width, stride),
                BlockLayout.Columns(keys, rows, width, stride, heads * width),
                BlockLayout.Columns(keys, rows, valueWidth, stride, (heads + keys) * width));
            var stride = (heads * width) + (keyHeads * (width + valueWidth));
            var gradientStride = heads * ((2 * width) + valueWidth);
            var (q, k, v) = layouts(keyHeads, stride);
            var z = BlockLayout.Columns(heads, rows, valueWidth, heads * valueWidth);
            Compare(run =>
            {
                var tolerance = AttentionTolerance(width, sequences.MaxLength);
                var qkv = run.Input(shape.seed, rows, stride);
                run.Device.Attend(
                    run.Output("z", tolerance, rows, heads * valueWidth), z, qkv, q, qkv, k, qkv, v, sequences, rule, run.Output("pattern", tolerance, heads, (int)KernelShapes.PatternLength(sequences)));
                run.Device.AttendBackward(
                    run.Output("dqkv", tolerance, rows, gradientStride), layouts(heads, gradientStride), run.Input(shape.seed + 1, rows, heads * valueWidth), z, qkv, new(q, k, v), sequences, rule);
            });
        }).Check(Quick);
    }

    [Fact]
    public void Scores_AnyShape_AgreeWithTheReference()
    {
        var shapes =
            from lengths in Extent(9).ListOf(4).Where(list => list.Count > 0)
            from points in Extent(4)
            from sources in Extent(20)
            from slots in Extent(40)
            from width in Extent(70)
            from seed in Gen.Choose(0, 1_000_000)
            select (lengths, points, sources, slots, width, seed);
        Prop.ForAll(shapes.ToArbitrary(), shape =>
        {
            var sequences = new Sequences(shape.lengths);
            var (rows, seed) = (sequences.Rows, shape.seed);
            var all = shape.points * rows;
            Compare(run =>
            {
                var tolerance = Tolerance.SumOfOnes(shape.width * 9 * shape.points);
                var scores = run.Scores("scores", tolerance, seed, sequences.Count, shape.sources, shape.slots);
                var deltas = run.Input(seed + 1, shape.sources, rows, shape.width);
                var u = run.Output("u", tolerance, shape.sources, all);
                run.Device.SourceDots(u, deltas, run.Input(seed + 2, all, shape.width));
                run.Device.SubtractProjections(scores, u, run.Input(seed + 3, all, shape.slots), sequences, KernelRun.Values(seed + 4, shape.points), shape.width);
                run.Device.Contract(scores, deltas, run.Input(seed + 5, shape.slots, rows, shape.width), sequences, centre: true);
                run.Device.SubtractAlong(
                    run.Updated("g", Tolerance.Sum(shape.points + 1), seed + 6, shape.slots, rows, shape.width),
                    run.Input(seed + 2, all, shape.width),
                    run.Input(seed + 3, all, shape.slots),
                    KernelRun.Values(seed + 4, shape.points));
            });
        }).Check(Quick);
    }

    /// <summary>The scores that go into the exponentials are sums of <paramref name="width"/> products.</summary>
    private static Tolerance AttentionTolerance(int width, int longest) => Tolerance.Sum(longest + (width * width));

    private static void Compare(Action<KernelRun> kernels)
    {
        using var reference = new ReferenceDevice();
        using var single = new CpuDevice(new CpuDeviceOptions { Threads = 1 });
        using var shared = new CpuDevice(new CpuDeviceOptions { Threads = 3, Grain = 1 });
        var outputs = Array.ConvertAll<IDevice, IReadOnlyList<KernelOutput>>([reference, single, shared], device =>
        {
            using var run = new KernelRun(device);
            kernels(run);
            return run.Outputs();
        });
        KernelRun.AssertNear(outputs[0], outputs[1]);
        KernelRun.AssertSame(outputs[1], outputs[2], "3 threads");
    }
}
