using CircuitGrid.Compute.Reference;
using CircuitGrid.Compute.Tests.Conformance;

namespace CircuitGrid.Compute.Tests.Reference;

/// <summary>
/// The oracle's backward kernels against its forward ones: for L = Σ r ⊙ forward(x) with random r, the gradient the backward kernel gives
/// equals finite differences of L.
/// </summary>
public sealed class GradientTests : IDisposable
{
    /// <summary>Steps and inputs are multiples of 2⁻¹², so that x ± h is exact in float32.</summary>
    private const float Step = 1f / 256;

    private readonly ReferenceDevice device = new();

    public void Dispose() => device.Dispose();

    [Theory]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Relu)]
    public void ActivateBackward_IsTheDerivative(Activation activation)
    {
        const int N = 40;
        AssertGradient([N], [N], (x, y) => device.Activate(y, x, activation), (x, dy, dx) => device.ActivateBackward(dx, dy, x, activation));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void NormalizeBackward_IsTheDerivative(int width)
    {
        AssertGradient(
            [3, width],
            [3, width],
            (x, y) => device.Normalize(y, device.Allocate([3]), x, 0.01),
            (x, dy, dx) =>
            {
                var (xhat, inverse) = (device.Allocate([3, width]), device.Allocate([3]));
                device.Normalize(xhat, inverse, x, 0.01);
                device.NormalizeBackward(dx, dy, xhat, inverse, accumulate: false);
            });
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 5)]
    public void AttendBackward_IsTheDerivative(int heads, int width)
    {
        var sequences = new Sequences([4, 1, 6]);
        var stride = 3 * heads * width;
        BlockLayout part(int index) => BlockLayout.Columns(heads, sequences.Rows, width, stride, index * heads * width);
        var z = BlockLayout.Stacked(heads, sequences.Rows, width);
        AssertGradient(
            [sequences.Rows, stride],
            [heads, sequences.Rows, width],
            (x, y) => device.Attend(y, z, x, part(0), x, part(1), x, part(2), sequences),
            (x, dy, dx) => device.AttendBackward(dx, dy, z, x, part(0), part(1), part(2), sequences));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rotate_Inverse_IsTheTransposeAndTheInverse(bool inverse)
    {
        var sequences = new Sequences([3, 5]);
        var layout = BlockLayout.Columns(2, 8, 6, 14, offset: 1);
        void rotate(Tensor y, Tensor x, bool back)
        {
            device.Copy(y, x);
            device.Rotate(y, layout, sequences, new Rotary(4, 100), back);
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

    [Theory]
    [InlineData(MetricKind.LogitDifference)]
    [InlineData(MetricKind.ProbabilityDifference)]
    public void Measure_Gradient_IsThatOfTheLoss(MetricKind metric)
    {
        var answers = new Answers(metric, [[1, 4], [0]], [[2], [5, 5, 3]]);
        AssertGradient(
            [2, 7],
            [2],
            (x, y) => device.Measure(y, dlogits: null, x, answers),
            (x, dy, dx) =>
            {
                device.Measure(device.Allocate([2]), dx, x, answers);
                ScaleRows(dx, Download(dy), -1);
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

    /// <summary>Central differences with Richardson's extrapolation: an error of the order of h⁴.</summary>
    private void AssertGradient(int[] inputShape, int[] outputShape, Action<Tensor, Tensor> forward, Action<Tensor, Tensor, Tensor> backward)
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
        AssertClose(expected, Download(dx), 2e-7);
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
