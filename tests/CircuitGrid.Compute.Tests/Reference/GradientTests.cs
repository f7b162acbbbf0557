using CircuitGrid.Compute.Reference;
using CircuitGrid.Compute.Tests.Conformance;

namespace CircuitGrid.Compute.Tests.Reference;

/// <summary>
/// The oracle's backward kernels against its forward ones: for L = Σ r ⊙ forward(x) with random r, the gradient the backward kernel gives
/// equals finite differences of L.
/// </summary>
public sealed partial class GradientTests : IDisposable
{
    /// <summary>Steps and inputs are multiples of 2⁻¹², so that x ± h is exact in float32.</summary>
    private const float Step = 1f / 256;

    private readonly ReferenceDevice device = new();

    public void Dispose() => device.Dispose();

    public static TheoryData<Activation> Activations => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(Activations))]
    public void ActivateBackward_IsTheDerivative(Activation kind)
    {
        const int N = 40;
        var f = Function(kind);
        AssertGradient([N], [N], (x, y) => device.Activate(y, x, f), (x, dy, dx) => device.ActivateBackward(dx, dy, x, f));
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void GateBackward_IsTheDerivative(Activation kind)
    {
        var f = Function(kind);
        AssertGradient([3, 10], [3, 5], (x, y) => device.Gate(y, x, f), (x, dy, dx) => device.GateBackward(dx, dy, x, f));
    }

    [Fact]
    public void SoftCapBackward_IsTheDerivative()
    {
        const double Cap = 2.5;
        AssertGradient([40], [40], (x, y) => device.SoftCap(y, x, Cap), (x, dy, dx) =>
        {
            device.SoftCap(dx, x, Cap);
            device.SoftCapBackward(dx, dy, dx, Cap);
        });
    }

    [Fact]
    public void ClampBackward_IsTheDerivative()
    {
        var layout = BlockLayout.Columns(2, 8, 5, 10);
        AssertGradient([8, 10], [8, 10], (x, y) => device.Clamp(y, x, 0.7), (x, dy, dx) => device.ClampBackward(dx, dy, layout, x, layout, 0.7));
    }

    [Theory]
    [InlineData(1, 1, 4, 0, 0)]
    [InlineData(3, 3, 5, 0, 0)]
    [InlineData(4, 2, 3, 0, 0)]
    [InlineData(1, 1, 4, 1.5, 0)]
    [InlineData(1, 1, 4, 0, 3)]
    [InlineData(4, 2, 3, 1.5, 3)]
    public void AttendBackward_IsTheDerivative(int heads, int keyHeads, int width, double cap, int window)
    {
        var sequences = new Sequences([4, 1, 6]);
        var rule = new AttentionRule(0.6, cap, window);
        var layouts = HeadLayouts.SideBySide(heads, keyHeads, sequences.Rows, width);
        var gradientLayouts = HeadLayouts.SideBySide(heads, heads, sequences.Rows, width);
        var z = BlockLayout.Stacked(heads, sequences.Rows, width);
        AssertGradient(
            [sequences.Rows, (heads + (2 * keyHeads)) * width],
            [heads, sequences.Rows, width],
            (x, y) => device.Attend(y, z, x, layouts.Query, x, layouts.Key, x, layouts.Value, sequences, rule),
            (x, dy, dx) =>
            {
                using var parts = device.Allocate([sequences.Rows, 3 * heads * width]);
                device.AttendBackward(parts, gradientLayouts, dy, z, x, layouts, sequences, rule);
                device.GatherBlocks(dx, layouts.Query, parts, gradientLayouts.Query, [.. Enumerable.Range(0, heads)]);
                device.SumGroups(dx, layouts.Key, parts, gradientLayouts.Key);
                device.SumGroups(dx, layouts.Value, parts, gradientLayouts.Value);
            });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rotate_Inverse_IsTheTransposeAndTheInverse(bool inverse)
    {
        var rotary = new Rotary(4, 100);
        var sequences = new Sequences([3, 5]);
        var layout = BlockLayout.Columns(2, 8, 6, 14, offset: 1);
        void rotate(Tensor y, Tensor x, bool back)
        {
            device.Copy(y, x);
            device.Rotate(y, layout, sequences, rotary, back);
        }

        AssertGradient([8, 14], [8, 14], (x, y) => rotate(y, x, inverse), (_, dy, dx) => rotate(dx, dy, !inverse));

        var x = Upload(KernelRun.Values(1, 8 * 14), 8, 14);
        var there = device.Allocate([8, 14]);
        var back = device.Allocate([8, 14]);
        rotate(there, x, inverse);
        rotate(back, there, !inverse);
        Assert.NotEqual(Download(x), Download(there));
        AssertClose(Download(x), Download(back), 1e-14);
    }

    [Fact]
    public void Rotate_WithMagnitude_InverseIsTheTransposeAndScalesTwice()
    {
        var sequences = new Sequences([3, 5]);
        var layout = BlockLayout.Columns(2, 8, 6, 12);
        var rotary = new Rotary(6, 100, new YarnScaling(4, 2, 0.5, 40, AttentionFactor: 1.5));
        void rotate(Tensor y, Tensor x, bool back)
        {
            device.Copy(y, x);
            device.Rotate(y, layout, sequences, rotary, back);
        }

        AssertGradient([8, 12], [8, 12], (x, y) => rotate(y, x, back: false), (_, dy, dx) => rotate(dx, dy, back: true));

        var x = Upload(KernelRun.Values(1, 8 * 12), 8, 12);
        var (there, back) = (device.Allocate([8, 12]), device.Allocate([8, 12]));
        rotate(there, x, back: false);
        rotate(back, there, back: true);
        AssertClose([.. Download(x).Select(v => v * 1.5 * 1.5)], Download(back), 1e-14);
    }

    [Theory]
    [InlineData(MetricKind.LogitDifference)]
    [InlineData(MetricKind.ProbabilityDifference)]
    [InlineData(MetricKind.LogProbability)]
    [InlineData(MetricKind.LogProbabilityDifference)]
    [InlineData(MetricKind.LogProbabilityDifference, true)]
    [InlineData(MetricKind.Divergence)]
    public void Measure_Gradient_IsThatOfTheLoss(MetricKind metric, bool oneSided = false)
    {
        var answers = new Answers(metric, [[1, 4], oneSided ? [] : [0]], [oneSided ? [] : [2], [5, 5, 3]])
        {
            CleanLogits = metric == MetricKind.Divergence ? Upload(KernelRun.Values(9, 14), 2, 7) : null,
        };
        AssertGradient(
            [2, 7],
            [2],
            (x, y) => device.Measure(y, dlogits: null, x, answers),
            (x, dy, dx) =>
            {
                device.Measure(device.Allocate([2]), dx, x, answers);
                ScaleRows(dx, Download(dy), metric.IsLoss() ? 1 : -1);
            });
    }

    [Fact]
    public void CrossEntropy_Gradient_IsThatOfTheScaledLosses()
    {
        int[] targets = [3, -1, 0];
        const float Scale = 0.75f;
        AssertGradient(
            [3, 6],
            [3],
            (x, y) => device.CrossEntropy(y, dlogits: null, x, targets, 123f),
            (x, dy, dx) =>
            {
                device.CrossEntropy(device.Allocate([3]), dx, x, targets, Scale);
                ScaleRows(dx, Download(dy), 1 / Scale);
            });
    }

    [Fact]
    public void LinearMaps_AndTheirTransposes_AreAdjoint()
    {
        using var weight = device.Prepare(new ArrayMatrix(KernelRun.Values(9, 12 * 5), 12, 5));
        AssertGradient([3, 5], [3, 12], (x, y) => device.Linear(y, x, weight), (_, dy, dx) => device.LinearTransposed(dx, dy, weight));
        AssertGradient(
            [4, 3, 5],
            [3, 8],
            (x, y) => device.GroupedLinear(y, BlockLayout.Columns(4, 3, 2, 8), x, BlockLayout.Stacked(4, 3, 5), weight, [6, 0, 10, 3], bias: null),
            (_, dy, dx) => device.GroupedLinearTransposed(dx, BlockLayout.Stacked(4, 3, 5), dy, BlockLayout.Columns(4, 3, 2, 8), weight, [6, 0, 10, 3]));
        AssertGradient(
            [6, 4], [3, 4], (x, y) => device.GatherRows(y, x, [5, 0, 5]), (_, dy, dx) =>
            {
                device.Fill(dx, 0);
                device.ScatterAddRows(dx, dy, [5, 0, 5]);
            });
    }

    /// <summary>xIELU's jump at 0 and kink at ε lie between the inputs.</summary>
    private static ActivationFunction Function(Activation kind) => kind == Activation.XIelu ? ActivationFunction.XIelu(0.7, 1.3, 0.5, -0.001) : kind;

    /// <summary>Central differences with Richardson's extrapolation: an error of the order of h⁴.</summary>
    private void AssertGradient(int[] inputShape, int[] outputShape, Action<Tensor, Tensor> forward, Action<Tensor, Tensor, Tensor> backward, double tolerance = 2e-7)
    {
        var values = KernelRun.Values(1, inputShape.Aggregate(1, (a, b) => a * b)).Select(v => MathF.Round(v * 4096) / 4096).ToArray();
        var direction = KernelRun.Values(2, outputShape.Aggregate(1, (a, b) => a * b));
        double loss(int index, float step)
        {
            var moved = (float[])values.Clone();
            moved[index] += step;
            var y = device.Allocate(outputShape);
            forward(Upload(moved, inputShape), y);
            return Download(y).Zip(direction, (a, b) => a * b).Sum();
        }

        var expected = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var coarse = (loss(i, Step) - loss(i, -Step)) / (2 * Step);
            var fine = (loss(i, Step / 2) - loss(i, -Step / 2)) / Step;
            expected[i] = ((4 * fine) - coarse) / 3;
        }

        var dx = device.Allocate(inputShape);
        device.Fill(dx, 0);
        backward(Upload(values, inputShape), Upload(direction, outputShape), dx);
        Assert.Contains(expected, g => Math.Abs(g) > 0.01);
        AssertClose(expected, Download(dx), tolerance);
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i])), $"[{i}]: {actual[i]:R} instead of {expected[i]:R}");
        }
    }

    private void ScaleRows(Tensor x, double[] factors, float times)
    {
        var values = Download(x);
        Upload(x, [.. values.Select((v, i) => (float)(v * factors[i / x.Columns] * times))]);
    }

    private Tensor Upload(float[] values, params ReadOnlySpan<int> shape) => Upload(device.Allocate(shape), values);

    private Tensor Upload(Tensor tensor, float[] values)
    {
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
