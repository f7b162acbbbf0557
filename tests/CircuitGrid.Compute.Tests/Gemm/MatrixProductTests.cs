using CircuitGrid.Compute.Reference;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Compute.Tests.Gemm;

/// <summary>
/// Products with weights and plain matrices, compared bit for bit with the scalar chain that defines them: where every element equals that
/// chain, no number of threads, cut of a batch or position in a tile can matter.
/// </summary>
public sealed class MatrixProductTests
{
    /// <summary>Rows, inputs, outputs: single elements, edges of tiles and panels, several runs of k, several blocks of rows and columns.</summary>
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 1, 5, 3 }, { 2, 16, 16 }, { 3, 17, 33 }, { 4, 31, 48 }, { 5, 64, 31 }, { 11, 7, 100 }, { 12, 32, 32 }, { 13, 33, 65 },
        { 16, 511, 40 }, { 25, 513, 17 }, { 7, 1100, 50 }, { 205, 20, 35 }, { 490, 9, 20 }, { 6, 12, 600 }, { 30, 530, 530 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Linear_AnyShape_IsTheScalarChain(int rows, int inputs, int outputs) => CheckLinear(rows, inputs, outputs);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void LinearTransposed_AnyShape_IsTheScalarChain(int rows, int inputs, int outputs) => CheckLinearTransposed(rows, inputs, outputs);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MatrixProduct_AnyShapeAndTranspose_IsTheScalarChain(int rows, int inner, int columns) => CheckMatrixProduct(rows, inner, columns);

    [Fact]
    public void Products_RandomShapes_AreTheScalarChain()
    {
        var shapes = Gen.Choose(1, 70).Three().Where(s => s.Item1 * s.Item2 * s.Item3 < 30_000);
        Prop.ForAll(shapes.ToArbitrary(), shape =>
        {
            var (rows, inner, columns) = shape;
            CheckLinear(rows, inner, columns);
            CheckLinearTransposed(rows, inner, columns);
            CheckMatrixProduct(rows, inner, columns);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Prepare_FromTheTranspose_IsTheSameWeight(int rows, int inputs, int outputs)
    {
        var values = PlainProduct.Values(outputs * inputs, 1);
        var transpose = new float[values.Length];
        for (var o = 0; o < outputs; o++)
        {
            for (var i = 0; i < inputs; i++)
            {
                transpose[(i * outputs) + o] = values[(o * inputs) + i];
            }
        }

        using var device = PlainProduct.Device(2);
        using var weight = device.Prepare(new ArrayMatrix(values, outputs, inputs));
        using var turned = device.Prepare(new TransposedMatrix(new ArrayMatrix(transpose, inputs, outputs)));
        Assert.Equal((outputs, inputs), (turned.Outputs, turned.Inputs));
        using var x = device.Upload(PlainProduct.Values(rows * inputs, 2), rows, inputs);
        using var expected = device.Allocate([rows, outputs]);
        using var actual = device.Allocate([rows, outputs]);
        device.Linear(expected, x, weight);
        device.Linear(actual, x, turned);
        PlainProduct.AssertSameBits(device.Download(expected), device.Download(actual), "product");
    }

    [Theory]
    [InlineData(7, 5)]
    [InlineData(300, 411)]
    [InlineData(1, 70_000)]
    [InlineData(70_000, 1)]
    public void TransposedMatrix_AnyRows_AreTheStoredColumns(int storedRows, int storedColumns)
    {
        var values = Enumerable.Range(0, storedRows * storedColumns).Select(i => (float)i).ToArray();
        var matrix = new TransposedMatrix(new ArrayMatrix(values, storedRows, storedColumns));
        Assert.Equal((storedColumns, storedRows), (matrix.Rows, matrix.Columns));
        foreach (var first in (int[])[0, storedColumns / 2, storedColumns - 1])
        {
            var rows = new float[Math.Min(3, storedColumns - first) * storedRows];
            matrix.CopyRows(first, rows);
            Assert.Equal(Enumerable.Range(0, rows.Length).Select(i => values[(i % storedRows * storedColumns) + first + (i / storedRows)]), rows);
        }
    }

    [Fact]
    public void Linear_RowsOfABatchCutAnywhere_AreTheSame()
    {
        const int rows = 29, inputs = 70, outputs = 45;
        using var device = PlainProduct.Device(3);
        using var weight = device.Prepare(new ArrayMatrix(PlainProduct.Values(outputs * inputs, 1), outputs, inputs));
        using var x = device.Upload(PlainProduct.Values(rows * inputs, 2), rows, inputs);
        using var whole = device.Allocate([rows, outputs]);
        using var parts = device.Allocate([rows, outputs]);
        device.Linear(whole, x, weight);
        for (var cut = 1; cut < rows; cut++)
        {
            device.Fill(parts, double.NaN);
            device.Linear(parts.Slice(0, cut), x.Slice(0, cut), weight);
            device.Linear(parts.Slice(cut, rows - cut), x.Slice(cut, rows - cut), weight);
            PlainProduct.AssertSameBits(device.Download(whole), device.Download(parts), $"cut at {cut}");
        }
    }

    [Fact]
    public void Linear_Accumulating_AddsBiasBeforeTheOldContent()
    {
        // (1 + 2⁻²⁴) rounds to 1, so the order of the three terms shows.
        var tiny = MathF.ScaleB(1, -24);
        using var device = PlainProduct.Device(1);
        using var weight = device.Prepare(new ArrayMatrix(new[] { 1f }, 1, 1));
        using var x = device.Upload([1f], 1, 1);
        using var bias = device.Upload([tiny], 1);
        using var y = device.Upload([tiny], 1, 1);
        device.Linear(y, x, weight, bias, accumulate: true);
        Assert.Equal(1f, device.Download(y)[0]);
        Assert.NotEqual(1f, (tiny + tiny) + 1f);
    }

    [Fact]
    public void Products_NoRows_DoNothing()
    {
        using var device = PlainProduct.Device(2);
        using var weight = device.Prepare(new ArrayMatrix(PlainProduct.Values(12, 1), 3, 4));
        using var x = device.Allocate([0, 4]);
        using var y = device.Allocate([0, 3]);
        device.Linear(y, x, weight);
        device.LinearTransposed(x, y, weight);
        Assert.Equal(0, y.Length);
    }

    [Fact]
    public void MatrixProduct_NothingToSum_IsZeroOrTheOldContent()
    {
        using var device = PlainProduct.Device(2);
        using var a = device.Allocate([0, 3]);
        using var b = device.Allocate([0, 5]);
        var old = PlainProduct.Values(15, 1);
        using var c = device.Upload(old, 3, 5);
        device.MatrixProduct(c, a, transposeA: true, b, transposeB: false, accumulate: true);
        PlainProduct.AssertSameBits(old, device.Download(c), "accumulating");
        device.MatrixProduct(c, a, transposeA: true, b, transposeB: false);
        PlainProduct.AssertSameBits(new float[15], device.Download(c), "plain");
    }

    [Fact]
    public void Products_Done_HoldNoMemoryButTheWeight()
    {
        const int outputs = 40, inputs = 30;
        using var device = PlainProduct.Device(3);
        var before = device.AllocatedBytes;
        using var weight = device.Prepare(new ArrayMatrix(PlainProduct.Values(outputs * inputs, 1), outputs, inputs));
        var weightBytes = device.AllocatedBytes - before;
        Assert.InRange(weightBytes, 48 * inputs * sizeof(float), 48 * inputs * sizeof(float) * 3 / 2);
        using (var x = device.Upload(PlainProduct.Values(100 * inputs, 2), 100, inputs))
        using (var y = device.Allocate([100, outputs]))
        {
            device.Linear(y, x, weight);
            device.LinearTransposed(x, y, weight, accumulate: true);
            device.MatrixProduct(y, x, transposeA: false, x.Slice(0, outputs), transposeB: true);
        }

        Assert.Equal(before + weightBytes, device.AllocatedBytes);
        weight.Dispose();
        Assert.Equal(before, device.AllocatedBytes);
    }

    [Fact]
    public void Prepare_SourceThatFails_LeavesNoMemoryBehind()
    {
        using var device = PlainProduct.Device(2);
        Assert.Throws<InvalidInputException>(() => device.Prepare(new FailingMatrix()));
        Assert.Equal(0, device.AllocatedBytes);
    }

    [Fact]
    public void Linear_WeightOfAnotherDevice_IsRefused()
    {
        using var device = PlainProduct.Device(1);
        using var reference = new ReferenceDevice();
        using var weight = reference.Prepare(new ArrayMatrix(new[] { 1f }, 1, 1));
        using var x = device.Allocate([1, 1]);
        using var y = device.Allocate([1, 1]);
        Assert.Throws<ArgumentException>(() => device.Linear(y, x, weight));
    }

    private static void CheckLinear(int rows, int inputs, int outputs)
    {
        var (xs, ws, bs, ys) = Values(rows * inputs, outputs * inputs, outputs, rows * outputs);
        var sums = Expected(rows, outputs, inputs, (r, i) => xs[(r * inputs) + i], (i, o) => ws[(o * inputs) + i]);
        foreach (var threads in (int[])[1, 2, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var weight = device.Prepare(new ArrayMatrix(ws, outputs, inputs));
            using var x = device.Upload(xs, rows, inputs);
            using var bias = device.Upload(bs, outputs);
            using var y = device.Allocate([rows, outputs]);
            device.Linear(y, x, weight);
            PlainProduct.AssertSameBits(sums, device.Download(y), "plain");
            device.Linear(y, x, weight, bias);
            PlainProduct.AssertSameBits(Finished(sums, bs, null), device.Download(y), "with bias");
            device.Upload(y, ys);
            device.Linear(y, x, weight, bias, accumulate: true);
            PlainProduct.AssertSameBits(Finished(sums, bs, ys), device.Download(y), "accumulating");
        }
    }

    private static void CheckLinearTransposed(int rows, int inputs, int outputs)
    {
        var (xs, ws, bs, ys) = Values(rows * outputs, outputs * inputs, inputs, rows * inputs);
        var sums = Expected(rows, inputs, outputs, (r, o) => xs[(r * outputs) + o], (o, i) => ws[(o * inputs) + i]);
        foreach (var threads in (int[])[1, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var weight = device.Prepare(new ArrayMatrix(ws, outputs, inputs));
            using var x = device.Upload(xs, rows, outputs);
            using var bias = device.Upload(bs, inputs);
            using var y = device.Upload(ys, rows, inputs);
            device.LinearTransposed(y, x, weight, accumulate: true);
            PlainProduct.AssertSameBits(Finished(sums, null, ys), device.Download(y), "accumulating");
            device.LinearTransposed(y, x, weight, bias);
            PlainProduct.AssertSameBits(Finished(sums, bs, null), device.Download(y), "with bias");
        }
    }

    private static void CheckMatrixProduct(int rows, int inner, int columns)
    {
        var (a, b, _, cs) = Values(rows * inner, inner * columns, 0, rows * columns);
        foreach (var (transposeA, transposeB) in ((bool, bool)[])[(false, false), (false, true), (true, false), (true, true)])
        {
            var sums = Expected(
                rows, columns, inner, (m, k) => a[transposeA ? (k * rows) + m : (m * inner) + k], (k, n) => b[transposeB ? (n * inner) + k : (k * columns) + n]);
            foreach (var threads in (int[])[1, 3])
            {
                using var device = PlainProduct.Device(threads);
                using var left = transposeA ? device.Upload(a, inner, rows) : device.Upload(a, rows, inner);
                using var right = transposeB ? device.Upload(b, columns, inner) : device.Upload(b, inner, columns);
                using var c = device.Upload(cs, rows, columns);
                device.MatrixProduct(c, left, transposeA, right, transposeB, accumulate: true);
                PlainProduct.AssertSameBits(Finished(sums, null, cs), device.Download(c), $"{transposeA} {transposeB} accumulating");
                device.MatrixProduct(c, left, transposeA, right, transposeB);
                PlainProduct.AssertSameBits(sums, device.Download(c), $"{transposeA} {transposeB}");
            }
        }
    }

    private static (float[] A, float[] B, float[] Bias, float[] C) Values(int a, int b, int bias, int c) =>
        (PlainProduct.Values(a, 1), PlainProduct.Values(b, 2), PlainProduct.Values(bias, 3), PlainProduct.Values(c, 4));

    private static float[] Expected(int rows, int columns, int inner, Func<int, int, float> a, Func<int, int, float> b)
    {
        var c = new float[rows * columns];
        for (var i = 0; i < c.Length; i++)
        {
            var (r, n) = Math.DivRem(i, columns);
            c[i] = PlainProduct.Chain(inner, k => a(r, k), k => b(k, n));
        }

        return c;
    }

    private static float[] Finished(float[] sums, float[]? bias, float[]? old) =>
        [.. sums.Select((sum, i) => bias is null ? sum : sum + bias[i % bias.Length]).Select((sum, i) => old is null ? sum : sum + old[i])];

    private sealed class FailingMatrix : IMatrixSource
    {
        public int Rows => 100;

        public int Columns => 3000;

        public void CopyRows(int firstRow, Span<float> destination)
        {
            if (firstRow > 0)
            {
                throw new InvalidInputException("model.safetensors", "ends too early");
            }
        }
    }
}
