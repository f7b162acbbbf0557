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
        Assert.Equal([0.7310585786300049, -0.2689414213699951, 1.7615941559557649], Unary(y => (x => device.Activate(y, x, Activation.Silu)), 1, -1, 2), Close);
    }

    [Fact]
    public void Activate_XIelu_ByHand()
    {
        // 2: ½·4 + ½·2. −1: 2·(e⁻¹ − 1 + 1) − ½. −1/16, beyond ε = −⅛: 2·(e^(−⅛) − 1 + 1/16) − 1/32.
        var f = ActivationFunction.XIelu(positiveSlope: 0.5, negativeSlope: 2, beta: 0.5, epsilon: -0.125);
        float[] x = [2, -1, -0.0625f, 0];
        Assert.Equal([3, 0.23575888234288467, -0.1412561948308092, 2 * (Math.Exp(-0.125) - 1)], Unary(y => (x => device.Activate(y, x, f)), x), Close);
        Assert.Equal([2.5, (2 * (Math.Exp(-1) - 1)) + 0.5, -1.5, -1.5], Unary(y => (x => device.ActivateBackward(y, Ones(4), x, f)), x), Close);
        Assert.Equal([1.5, -0.23575888234288467, 16 * 0.1412561948308092, -1.5], Unary(y => (x => device.ActivateSecant(y, Ones(4), x, f)), x), Close);
    }

    [Fact]
    public void Gate_OneRow_ByHand()
    {
        // a = (2, 0), b = (3, 5); relu(a) = (2, 0) with slope (1, 0) and secant (1, 0).
        var (x, dy) = (Upload([2, 0, 3, 5], 1, 4), Upload([7, 11], 1, 2));
        var (y, dx) = (device.Allocate([1, 2]), device.Allocate([1, 4]));
        device.Gate(y, x, Activation.Relu);
        Assert.Equal([6.0, 0], Download(y));
        device.GateBackward(dx, dy, x, Activation.Relu);
        Assert.Equal([21.0, 0, 14, 0], Download(dx));
        device.GateSecant(dx, dy, x, Activation.Silu);
        Assert.Equal([10.5 * 0.8807970779778823, 5.5 * 5 * 0.5, 7 * 0.8807970779778823, 0], Download(dx), Close);
    }

    [Fact]
    public void Bounds_SoftAndHard_ByHand()
    {
        Assert.Equal([1.7483488360437307, -2.992373902421512], Unary(y => (x => device.SoftCap(y, x, 3)), 2, -10), Close);
        Assert.Equal([0.75, 0], Unary(y => (x => device.SoftCapBackward(y, Ones(2), x, 3)), 1.5f, -3), Close);
        Assert.Equal([2, -2.5, 2.5, -2.5], Unary(y => (x => device.Clamp(y, x, 2.5)), 2, -10, 2.5f, -2.5f), Close);
        var layout = BlockLayout.Stacked(1, 1, 4);
        Assert.Equal([1, 0, 1, 0], Unary(y => (x => device.ClampBackward(y, Ones(4), layout, x, layout, 2.5)), 2, -10, 2.5f, 3), Close);
    }

    [Fact]
    public void Normalize_WithoutCentring_ByHand()
    {
        // Mean square (9 + 16)/2 and ε = 3.5: σ = 4.
        var (xhat, inverse, dx) = (device.Allocate([1, 2]), device.Allocate([1]), device.Allocate([1, 2]));
        device.Normalize(xhat, inverse, Upload([3, 4], 1, 2), epsilon: 3.5, centre: false);
        Assert.Equal([0.75, 1], Download(xhat), Close);
        Assert.Equal([0.25], Download(inverse), Close);

        // (1, 0) less x̂·mean(x̂ ⊙ dx̂) = (0.75, 1)·0.375, by 4.
        device.NormalizeBackward(dx, Upload([1, 0], 1, 2), xhat, inverse, accumulate: false, centre: false);
        Assert.Equal([(1 - 0.28125) / 4, -0.375 / 4], Download(dx), Close);
        device.HeldScaleBackward(dx, Upload([1, 2], 1, 2), inverse, accumulate: false, centre: false);
        Assert.Equal([0.25, 0.5], Download(dx), Close);
    }

    [Fact]
    public void NormalizeBlocks_TwoHeads_ByHand()
    {
        // Heads (3, 4) and (6, 8) in one row: σ = 4 and, with mean square 50, √53.5; one vector of weights for both.
        var (y, inverse, dx) = (device.Allocate([1, 4]), device.Allocate([1, 2]), device.Allocate([1, 4]));
        var (x, w, layout) = (Upload([3, 4, 6, 8], 1, 4), Upload([2, -1], 2), BlockLayout.Columns(2, 1, 2, 4));
        device.NormalizeBlocks(y, inverse, x, layout, w, epsilon: 3.5);
        Assert.Equal([1.5, -1, 12 / Math.Sqrt(53.5), -8 / Math.Sqrt(53.5)], Download(y), Close);
        Assert.Equal([0.25, 1 / Math.Sqrt(53.5)], Download(inverse), Close);

        // Both readers read head 0: w ⊙ dy is (2, 0), then (0, −1); x·(w ⊙ dy) is 6, then −4, over 2·σ³ = 128.
        device.NormalizeBlocksBackward(dx, Upload([1, 0, 0, 1], 1, 4), layout, x, layout with { Blocks = 1 }, Upload([0.25f], 1, 1), w, held: false);
        Assert.Equal([0.5 - (3 * 6 / 128.0), -4 * 6 / 128.0, 3 * 4 / 128.0, -0.25 + (4 * 4 / 128.0)], Download(dx), Close);
        device.NormalizeBlocksBackward(dx, Upload([1, 0, 0, 1], 1, 4), layout, x, layout with { Blocks = 1 }, Upload([0.25f], 1, 1), w, held: true);
        Assert.Equal([0.5, 0, 0, -0.25], Download(dx), Close);
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
            z, layout, Upload([9, 9, 9, 9, 1, 0, 0, 0], 2, 4), layout, Upload([0, 5, 5, 5, third, 0, 0, 0], 2, 4), layout, Upload([4, 0, 8, 1, 8, 4, 0, 1], 2, 4), layout, new Sequences([2]), AttentionRule.Of(4), pattern);
        Assert.Equal([4, 0, 8, 1, 7, 3, 2, 1], Download(z), Float);
        Assert.Equal([1, 0, 0.25, 0.75], Download(pattern), Float);
    }

    [Fact]
    public void Attend_WindowAndCap_ByHand()
    {
        // Width 1 and scale 2; keys 1, −1, 0, so that query 2, which is 1, has scores 2, −2, 0; position 2 sees the last two of them, capped at 3.
        var layout = BlockLayout.Stacked(1, 3, 1);
        var (z, pattern) = (device.Allocate([3, 1]), device.Allocate([1, 9]));
        device.Attend(
            z, layout, Upload([0, 0, 1], 3, 1), layout, Upload([1, -1, 0], 3, 1), layout, Upload([5, 7, 8], 3, 1), layout, new Sequences([3]), new(2, SoftCap: 3, Window: 2), pattern);
        var share = 1 / (1 + Math.Exp(3 * Math.Tanh(2 / 3.0)));
        Assert.Equal([1, 0, 0, 0.5, 0.5, 0, 0, share, 1 - share], Download(pattern), Close);
        Assert.Equal([5, 6, (7 * share) + (8 * (1 - share))], Download(z), Close);
    }

    [Fact]
    public void Attend_FourHeadsOfTwoKeys_NeighboursShare()
    {
        // One position, so every head returns the value of its group: heads 0 and 1 the first, 2 and 3 the second.
        var (four, two) = (BlockLayout.Stacked(4, 1, 1), BlockLayout.Stacked(2, 1, 1));
        var z = device.Allocate([4, 1]);
        device.Attend(z, four, Upload([1, 2, 3, 4], 4, 1), four, Upload([1, 2], 2, 1), two, Upload([5, 7], 2, 1), two, new Sequences([1]), AttentionRule.Of(1));
        Assert.Equal([5.0, 5, 7, 7], Download(z));
        var sums = device.Allocate([2, 1]);
        device.SumGroups(sums, two, Upload([1, 2, 3, 4], 4, 1), four);
        Assert.Equal([3.0, 7], Download(sums));
    }

    [Fact]
    public void Rotate_Scaled_TurnsByItsFrequencyAndMagnitude()
    {
        // Base 100, four dimensions: pairs turn by 1 and 0.1, four times slower when stretched linearly; YaRN with bounds 0 and 1 stretches the second alone.
        var x = Upload([1, 1, 0, 0, 1, 1, 0, 0], 2, 4);
        device.Rotate(x, BlockLayout.Stacked(1, 2, 4), new Sequences([2]), new Rotary(4, 100, new LinearScaling(4)), inverse: false);
        Assert.Equal([1, 1, 0, 0, Math.Cos(0.25), Math.Cos(0.025), Math.Sin(0.25), Math.Sin(0.025)], Download(x), Close);

        x = Upload([1, 1, 0, 0, 1, 1, 0, 0], 2, 4);
        var yarn = new YarnScaling(4, BetaFast: 1, BetaSlow: 0.5, OriginalContext: 2 * Math.PI, AttentionFactor: 1.5);
        device.Rotate(x, BlockLayout.Stacked(1, 2, 4), new Sequences([2]), new Rotary(4, 100, yarn), inverse: true);
        Assert.Equal([1.5, 1.5, 0, 0, 1.5 * Math.Cos(1), 1.5 * Math.Cos(0.025), -1.5 * Math.Sin(1), -1.5 * Math.Sin(0.025)], Download(x), Close);
    }

    [Fact]
    public void SlotDots_SharedBlocks_ByHand()
    {
        // Two slots read block 1 of y − bias = (1, 2 | 3, 4): (5, 6)·(3, 4) and (7, 8)·(3, 4), times 10.
        var c = device.Allocate([1, 2]);
        device.SlotDots(c, Upload([5, 6, 7, 8], 1, 4), Upload([2, 3, 4, 5], 1, 4), Upload([1, 1, 1, 1], 4), Upload([10], 1), [1, 1]);
        Assert.Equal([390.0, 530], Download(c));
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
    public void Measure_EveryMetric_ByHand()
    {
        var logits = Upload([.. new[] { 1.0, 2, 4, 1 }.Select(p => (float)Math.Log(p))], 1, 4);
        var metric = device.Allocate([1]);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.ProbabilityDifference, [[2, 1]], [[0]]));
        Assert.Equal(5 / 8.0, Download(metric)[0], 1e-7);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.LogitDifference, [[2, 1]], [[0]]));
        Assert.Equal(1.5 * Math.Log(2), Download(metric)[0], 1e-7);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.LogProbability, [[2, 1]], [[0]]));
        Assert.Equal(Math.Log(6 / 8.0), Download(metric)[0], 1e-7);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.LogProbabilityDifference, [[2, 1]], [[0, 3]]));
        Assert.Equal(Math.Log(6 / 2.0), Download(metric)[0], 1e-7);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.LogProbabilityDifference, [[]], [[0, 3]]));
        Assert.Equal(Math.Log(8 / 2.0), Download(metric)[0], 1e-7);

        // KL(¼, ¼, ¼, ¼ ‖ 1/8, 2/8, 4/8, 1/8) = ¼·(ln 2 + 0 − ln 2 + ln 2)
        var uniform = Upload([7, 7, 7, 7], 1, 4);
        device.Measure(metric, dlogits: null, logits, new Answers(MetricKind.Divergence, [[2]], [[0]]) { CleanLogits = uniform });
        Assert.Equal(Math.Log(2) / 4, Download(metric)[0], 1e-7);
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

    [Fact]
    public void SubtractAlong_TwoPoints_ByHand()
    {
        // Two slots, one position, width 2; shares of the points 0.5/2 and 1/2.
        var g = Upload([10, 20, 30, 40], 2, 1, 2);
        device.SubtractAlong(g, Upload([1, 2, 3, 4], 2, 2), Upload([4, 8, 6, 2], 2, 2), [0.5f, 1f]);
        Assert.Equal([10 - 1 - 9, 20 - 2 - 12, 30 - 2 - 3, 40 - 4 - 4], Download(g), Close);
    }

    private static IEqualityComparer<double> Close => new Within(1e-14);

    private static IEqualityComparer<double> Float => new Within(1e-6);

    private Tensor Ones(int count) => Upload([.. Enumerable.Repeat(1f, count)], count);

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
