using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Reference;

/// <summary>The oracle against numbers that come from elsewhere: tables, closed forms, sums done by hand.</summary>
public sealed class KnownValueTests : IDisposable
{
    private readonly ReferenceDevice device = new();

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData(0.0, 0.0)]
    [InlineData(0.5, 0.5204998778130465)]
    [InlineData(1.0, 0.8427007929497149)]
    [InlineData(-2.0, -0.9953222650189527)]
    [InlineData(3.0, 0.9999779095030014)]
    public void ErrorFunction_TabulatedValues(double x, double expected)
    {
        Assert.Equal(expected, ErrorFunction.Value(x), 1e-15);
        Assert.Equal(1 - expected, ErrorFunction.Complement(x), 1e-15);
    }

    [Theory]
    [InlineData(2.4, 6.8851389664507889e-4)]
    [InlineData(2.6, 2.3603441652934909e-4)]
    [InlineData(5.0, 1.5374597944280349e-12)]
    [InlineData(10.0, 2.088487583762545e-45)]
    public void ErrorFunction_Complement_KeepsItsPrecisionFarOut(double x, double expected) =>
        Assert.Equal(1, ErrorFunction.Complement(x) / expected, 1e-12);

    [Fact]
    public void Activate_KnownValues()
    {
        Assert.Equal([0.8413447460685429, -0.15865525393145707, 1.9544997361036416], Unary(y => (x => device.Activate(y, x, Activation.Gelu)), 1, -1, 2), Close);
        Assert.Equal([0.8411919906082768, -0.15880800939172324, 1.954597694087775], Unary(y => (x => device.Activate(y, x, Activation.GeluTanh)), 1, -1, 2), Close);
        Assert.Equal([1, 0, 2], Unary(y => (x => device.Activate(y, x, Activation.Relu)), 1, -1, 2), Close);
    }

    [Fact]
    public void Normalize_FourNumbers_ByHand()
    {
        var (xhat, inverse) = (device.Allocate([1, 4]), device.Allocate([1]));
        device.Normalize(xhat, inverse, Upload([1, 2, 3, 6], 1, 4), epsilon: 0.5);
        Assert.Equal([-0.5, -0.25, 0, 0.75], Download(xhat).Select(v => v * 0.25 / Download(inverse)[0]), Close);
        Assert.Equal(1 / 2.0, Download(inverse)[0], 1e-15);
    }

    [Fact]
    public void Attend_TwoPositions_ByHand()
    {
        // Width 4, so scores are halved: position 1 sees scores ½·(0, 2·ln 3) and weighs 1 : 3.
        var layout = BlockLayout.Stacked(1, 2, 4);
        var third = (float)(2 * Math.Log(3));
        var z = device.Allocate([2, 4]);
        var pattern = device.Allocate([1, 4]);
        device.Attend(
            z, layout, Upload([9, 9, 9, 9, 1, 0, 0, 0], 2, 4), layout, Upload([0, 5, 5, 5, third, 0, 0, 0], 2, 4), layout, Upload([4, 0, 8, 1, 8, 4, 0, 1], 2, 4), layout, new Sequences([2]), pattern);
        Assert.Equal([4, 0, 8, 1, 7, 3, 2, 1], Download(z), Float);
        Assert.Equal([1, 0, 0.25, 0.75], Download(pattern), Float);
    }

    [Fact]
    public void Rotate_QuarterTurn_ByHand()
    {
        // base^(−2j/2) = 1 for the only pair (0, 1); position 1 turns it by one radian; columns 2 and 3 stay.
        var x = Upload([1, 0, 7, 8, 1, 2, 7, 8], 2, 4);
        device.Rotate(x, BlockLayout.Stacked(1, 2, 4), new Sequences([2]), new Rotary(2, 10000), inverse: false);
        var (sin, cos) = Math.SinCos(1);
        Assert.Equal([1, 0, 7, 8, cos - (2 * sin), (2 * cos) + sin, 7, 8], Download(x), Close);
    }

    [Fact]
    public void Rotate_PairsAndFrequencies_AreHalfSplit()
    {
        // Four dimensions, base 100: pair (0, 2) turns by 1 radian a position, pair (1, 3) by 100^(−1/2) = 0.1.
        var x = Upload([1, 1, 0, 0, 1, 1, 0, 0], 2, 4);
        device.Rotate(x, BlockLayout.Stacked(1, 2, 4), new Sequences([2]), new Rotary(4, 100), inverse: false);
        Assert.Equal([1, 1, 0, 0, Math.Cos(1), Math.Cos(0.1), Math.Sin(1), Math.Sin(0.1)], Download(x), Close);
    }

    [Fact]
    public void Measure_BothMetrics_ByHand()
    {
        var logits = Upload([.. new[] { 1.0, 2, 4, 1 }.Select(p => (float)Math.Log(p))], 1, 4);
        var metric = device.Allocate([1]);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.ProbabilityDifference, [[2, 1]], [[0]]));
        Assert.Equal(5 / 8.0, Download(metric)[0], 1e-7);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.LogitDifference, [[2, 1]], [[0]]));
        Assert.Equal(1.5 * Math.Log(2), Download(metric)[0], 1e-7);
    }

    [Fact]
    public void CrossEntropy_OneRow_ByHand()
    {
        var logits = Upload([.. new[] { 1.0, 2, 4, 1 }.Select(p => (float)Math.Log(p))], 1, 4);
        var (loss, gradient) = (device.Allocate([1]), device.Allocate([1, 4]));
        device.CrossEntropy(loss, gradient, logits, [1], scale: 2);
        Assert.Equal(Math.Log(4), Download(loss)[0], 1e-7);
        Assert.Equal([0.25, -1.5, 1, 0.25], Download(gradient), Float);
    }

    [Fact]
    public void AdamW_SecondStep_ByHand()
    {
        // m = 0.5·2 + 0.5·(0.5·4) = 2, v = 0.75·12 + 0.25·4 = 10; unbiased by 1 − 0.25 = 0.75 and 1 − 0.5625 = 0.4375.
        var (p, m, v) = (Upload([3f], 1), Upload([2f], 1), Upload([12f], 1));
        device.AdamW(p, Upload([4f], 1), m, v, new AdamWStep(0.5, 0.1, 0.5, 0.75, 0.25, 0.01, Step: 2));
        Assert.Equal(2, Download(m)[0], 1e-15);
        Assert.Equal(10, Download(v)[0], 1e-15);
        Assert.Equal(3 - (0.1 * ((2 / 0.75 / (Math.Sqrt(10 / 0.4375) + 0.25)) + (0.01 * 3))), Download(p)[0], 1e-15);
    }

    [Fact]
    public void Scores_SmallNumbers_ByHand()
    {
        // Two sequences of one position, one point, two sources, one slot, width 2.
        var sequences = new Sequences([1, 1]);
        var deltas = Upload([1, 2, 3, 4, 5, 6, 7, 8], 2, 2, 2);
        var scores = device.Allocate([2, 2, 1], ElementType.Float64);
        device.Fill(scores, 100);
        device.Contract(scores, deltas, Upload([10, 20, -2, 4], 1, 2, 2), sequences, centre: true);
        Assert.Equal([100 + (-5 * 1) + (5 * 2), 100 + (-5 * 5) + (5 * 6), 100 + (-3 * 3) + (3 * 4), 100 + (-3 * 7) + (3 * 8)], Download(scores), Close);

        device.SubtractProjections(scores, Upload([1, 2, 3, 4], 2, 2), Upload([8, 16], 2, 1), sequences, [0.5f], width: 2);
        Assert.Equal([105 - 2, 105 - 6, 103 - 8, 103 - 16], Download(scores), Close);

        var blocks = device.Allocate([1, 2, 1], ElementType.Float64);
        device.Fill(blocks, 0);
        device.SumBlocks(blocks, scores, [0, 0]);
        Assert.Equal([103 + 95, 99 + 87], Download(blocks), Close);
    }

    private static IEqualityComparer<double> Close => new Within(1e-14);

    private static IEqualityComparer<double> Float => new Within(1e-6);

    private double[] Unary(Func<Tensor, Action<Tensor>> kernel, params float[] values)
    {
        var y = device.Allocate([values.Length]);
        kernel(y)(Upload(values, values.Length));
        return Download(y);
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

    private sealed class Within(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Abs(x));

        public int GetHashCode(double obj) => 0;
    }
}
