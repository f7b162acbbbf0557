namespace CircuitGrid.Compute.Tests.Gemm;

/// <summary>Products of blocks with parts of one weight, whose first outputs may lie anywhere in a panel.</summary>
public sealed class GroupedLinearTests
{
    /// <summary>Width of a block, inputs, rows of a block, and first outputs (of a weight of 200).</summary>
    public static TheoryData<int, int, int, int[]> Cases => new()
    {
        { 8, 33, 13, [0, 8, 16, 24, 192, 8] },
        { 16, 20, 5, [16, 0, 184, 100] },
        { 64, 40, 30, [0, 64, 128, 136] },
        { 80, 17, 3, [0, 80, 120] },
        { 1, 7, 2, [199, 0, 15, 16] },
        { 35, 530, 4, [3, 165] },
        { 200, 11, 1, [0] },
    };

    private const int Outputs = 200;

    [Theory]
    [MemberData(nameof(Cases))]
    public void GroupedLinear_FusedColumns_AreTheScalarChain(int width, int inputs, int rows, int[] firstOutputs)
    {
        var blocks = firstOutputs.Length;
        var ws = PlainProduct.Values(Outputs * inputs, 1);
        var xs = PlainProduct.Values(blocks * rows * inputs, 2);
        var bs = PlainProduct.Values(Outputs, 3);
        var stride = (blocks * width) + 5;
        var ys = PlainProduct.Values(rows * stride, 4);
        var expected = (float[])ys.Clone();
        for (var g = 0; g < blocks; g++)
        {
            for (var i = 0; i < rows * width; i++)
            {
                var (t, n) = Math.DivRem(i, width);
                var (x, w) = (((g * rows) + t) * inputs, (firstOutputs[g] + n) * inputs);
                expected[(t * stride) + 2 + (g * width) + n] = PlainProduct.Chain(inputs, k => xs[x + k], k => ws[w + k]) + bs[firstOutputs[g] + n];
            }
        }

        foreach (var threads in (int[])[1, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var weight = device.Prepare(new ArrayMatrix(ws, Outputs, inputs));
            using var x = device.Upload(xs, blocks, rows, inputs);
            using var bias = device.Upload(bs, Outputs);
            using var y = device.Upload(ys, rows, stride);
            device.GroupedLinear(
                y, BlockLayout.Columns(blocks, rows, width, stride, offset: 2), x, BlockLayout.Stacked(blocks, rows, inputs), weight, firstOutputs, bias);
            PlainProduct.AssertSameBits(expected, device.Download(y), $"{threads} threads");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void GroupedLinearTransposed_FusedColumns_AreTheScalarChain(int width, int inputs, int rows, int[] firstOutputs)
    {
        var blocks = firstOutputs.Length;
        var ws = PlainProduct.Values(Outputs * inputs, 1);
        var stride = (blocks * width) + 3;
        var xs = PlainProduct.Values(rows * stride, 2);
        var ys = PlainProduct.Values((blocks + 1) * rows * inputs, 3);
        var expected = (float[])ys.Clone();
        for (var g = 0; g < blocks; g++)
        {
            for (var i = 0; i < rows * inputs; i++)
            {
                var (t, n) = Math.DivRem(i, inputs);
                var (x, w) = ((t * stride) + 1 + (g * width), firstOutputs[g] * inputs);
                expected[((((g + 1) * rows) + t) * inputs) + n] = PlainProduct.Chain(width, k => xs[x + k], k => ws[w + (k * inputs) + n]);
            }
        }

        foreach (var threads in (int[])[1, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var weight = device.Prepare(new ArrayMatrix(ws, Outputs, inputs));
            using var x = device.Upload(xs, rows, stride);
            using var y = device.Upload(ys, blocks + 1, rows, inputs);
            device.GroupedLinearTransposed(
                y, BlockLayout.Stacked(blocks, rows, inputs, firstBlock: 1), x, BlockLayout.Columns(blocks, rows, width, stride, offset: 1), weight, firstOutputs);
            PlainProduct.AssertSameBits(expected, device.Download(y), $"{threads} threads");
        }
    }
}
