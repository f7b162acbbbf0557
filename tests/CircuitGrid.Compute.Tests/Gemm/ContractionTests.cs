using CircuitGrid.Compute.Reference;

namespace CircuitGrid.Compute.Tests.Gemm;

/// <summary>The kernels of attribution scores that are made of dot products.</summary>
public sealed class ContractionTests
{
    /// <summary>Sources, slots, width and lengths of the sequences: tiles with edges, several runs, several blocks of sources.</summary>
    public static TheoryData<int, int, int, int[]> Cases => new()
    {
        { 1, 1, 1, [1] },
        { 7, 5, 16, [3, 1, 2] },
        { 6, 4, 33, [2, 5] },
        { 55, 25, 32, [4, 4, 3] },
        { 13, 9, 600, [3, 2] },
        { 200, 97, 24, [6] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Contract_NotCentred_IsThePlainLanes(int sources, int slots, int width, int[] lengths)
    {
        var sequences = new Sequences(lengths);
        var deltas = PlainProduct.Values(sources * sequences.Rows * width, 1);
        var g = PlainProduct.Values(slots * sequences.Rows * width, 2);
        var expected = new double[lengths.Length * sources * slots];
        for (var i = 0; i < expected.Length; i++)
        {
            var (e, f, s) = (i / (sources * slots), i / slots % sources, i % slots);
            var (a, b) = (((f * sequences.Rows) + sequences.Offsets[e]) * width, ((s * sequences.Rows) + sequences.Offsets[e]) * width);
            expected[i] = 0.25 + PlainProduct.Lanes(lengths[e] * width, k => deltas[a + k], k => g[b + k]);
        }

        foreach (var threads in (int[])[1, 2, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var d = device.Upload(deltas, sources, sequences.Rows, width);
            using var gradients = device.Upload(g, slots, sequences.Rows, width);
            using var scores = device.Allocate([lengths.Length, sources, slots], ElementType.Float64);
            device.Fill(scores, 0.25);
            device.Contract(scores, d, gradients, sequences, centre: false);
            var actual = new double[expected.Length];
            device.Download(scores, actual);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Contract_Centred_AgreesWithTheReferenceOnAnyNumberOfThreads(int sources, int slots, int width, int[] lengths)
    {
        var sequences = new Sequences(lengths);
        var deltas = PlainProduct.Values(sources * sequences.Rows * width, 1);

        // A large common part, so that a missing or misplaced mean can't hide.
        var g = Array.ConvertAll(PlainProduct.Values(slots * sequences.Rows * width, 2), x => x + 3);
        var count = lengths.Length * sources * slots;
        using var reference = new ReferenceDevice();
        var expected = Contract(reference, deltas, g, sequences, sources, slots, width);
        var tolerance = 1e-5 * Math.Sqrt(lengths.Max() * width) * 4;
        double[]? first = null;
        foreach (var threads in (int[])[1, 2, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var d = device.Upload(deltas, sources, sequences.Rows, width);
            using var gradients = device.Upload(g, slots, sequences.Rows, width);
            using var scores = device.Allocate([lengths.Length, sources, slots], ElementType.Float64);
            device.Fill(scores, 0);
            device.Contract(scores, d, gradients, sequences, centre: true);
            var actual = new double[count];
            device.Download(scores, actual);
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
            Assert.Equal(first ??= actual, actual);
            Assert.Equal(g, device.Download(gradients));
        }
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(7, 3, 5, 20)]
    [InlineData(13, 40, 2, 512)]
    public void SourceDots_AnyShape_IsThePlainLanes(int sources, int rows, int points, int width)
    {
        var deltas = PlainProduct.Values(sources * rows * width, 1);
        var xhat = PlainProduct.Values(points * rows * width, 2);
        var expected = new float[sources * points * rows];
        for (var i = 0; i < expected.Length; i++)
        {
            var (f, row) = Math.DivRem(i, points * rows);
            var (a, b) = (((f * rows) + (row % rows)) * width, row * width);
            expected[i] = (float)PlainProduct.Lanes(width, k => deltas[a + k], k => xhat[b + k]);
        }

        foreach (var threads in (int[])[1, 3])
        {
            using var device = PlainProduct.Device(threads);
            using var d = device.Upload(deltas, sources, rows, width);
            using var x = device.Upload(xhat, points * rows, width);
            using var u = device.Allocate([sources, points * rows]);
            device.SourceDots(u, d, x);
            PlainProduct.AssertSameBits(expected, device.Download(u), $"{threads} threads");
        }
    }

    private static double[] Contract(ReferenceDevice device, float[] deltas, float[] g, Sequences sequences, int sources, int slots, int width)
    {
        using var d = device.Allocate([sources, sequences.Rows, width]);
        using var gradients = device.Allocate([slots, sequences.Rows, width]);
        using var scores = device.Allocate([sequences.Count, sources, slots], ElementType.Float64);
        device.Upload(d, deltas);
        device.Upload(gradients, g);
        device.Fill(scores, 0);
        device.Contract(scores, d, gradients, sequences, centre: true);
        var values = new double[scores.Length];
        device.Download(scores, values);
        return values;
    }
}
