namespace CircuitGrid.Compute.Tests.Conformance;

/// <summary>Rows that a LayerNorm or an RMSNorm in float32 can't hold, among rows that it can.</summary>
internal static class LayerNormOverflow
{
    /// <summary>Widths around those of vectors.</summary>
    public static IEnumerable<int> Widths => [2, 3, 15, 16, 17, 64, 100];

    /// <summary>
    /// An ordinary row, one whose squares overflow, one whose sum does, one with an infinity, and an ordinary row again: the ordinary ones have the bits they have alone, the others
    /// have not one number in them, and the reference has the right numbers wherever the input is finite.
    /// </summary>
    public static void AssertNoRowIsWrong(IDevice device, IDevice reference, int width)
    {
        AssertNoRowIsWrong(device, reference, width, (d, xhat, scale, x) => d.Normalize(xhat, scale, x, epsilon: 0));
        AssertNoRowIsWrong(device, reference, width, (d, xhat, scale, x) => d.Normalize(xhat, scale, x, epsilon: 0, centre: false));
        AssertNoRowIsWrong(device, reference, width, (d, xhat, scale, x) =>
        {
            using var ones = d.Allocate([width]);
            d.Fill(ones, 1);
            d.NormalizeBlocks(xhat, scale, x, BlockLayout.Columns(1, x.Rows, width, width), ones, epsilon: 0);
        });
    }

    private static void AssertNoRowIsWrong(IDevice device, IDevice reference, int width, Action<IDevice, Tensor, Tensor, Tensor> normalize)
    {
        var ordinary = Enumerable.Range(0, width).Select(d => (float)Math.Sin(d + 1)).ToArray();
        float[][] rows =
        [
            ordinary,
            [.. ordinary.Select(v => v * 1e21f)],
            [.. Enumerable.Range(0, width).Select(d => d == 0 ? -3e38f : 3e38f)],
            [.. ordinary.Select((v, d) => d == width / 2 ? float.PositiveInfinity : v)],
            ordinary,
        ];
        var (expected, expectedScales) = Normalize(device, normalize, [ordinary, ordinary]);
        var (actual, scales) = Normalize(device, normalize, rows);
        Assert.Equal(expected[0], actual[0]);
        Assert.Equal(expected[1], actual[4]);
        Assert.Equal(expectedScales[0], scales[0]);
        for (var r = 1; r < 4; r++)
        {
            Assert.All(actual[r], value => Assert.True(float.IsNaN(value), $"row {r} of width {width} has {value}"));
            Assert.True(float.IsNaN(scales[r]), $"row {r} of width {width} has 1/σ {scales[r]}");
        }

        var (right, _) = Normalize(reference, normalize, rows);
        for (var d = 0; d < width; d++)
        {
            Assert.Equal(right[0][d], right[1][d], 1e-4f);
        }
    }

    private static (float[][] Xhat, float[] Scales) Normalize(IDevice device, Action<IDevice, Tensor, Tensor, Tensor> normalize, float[][] rows)
    {
        var width = rows[0].Length;
        using var x = device.Allocate([rows.Length, width]);
        using var xhat = device.Allocate([rows.Length, width]);
        using var scale = device.Allocate([rows.Length]);
        device.Upload(x, rows.SelectMany(r => r).ToArray());
        normalize(device, xhat, scale, x);
        var (values, scales) = (new float[rows.Length * width], new float[rows.Length]);
        device.Download(xhat, values);
        device.Download(scale, scales);
        return ([.. values.Chunk(width)], scales);
    }
}
