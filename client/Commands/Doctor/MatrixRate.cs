using CircuitGrid.Compute;

namespace CircuitGrid.Client.Commands;

/// <summary>Measures how fast a device multiplies matrices, which most of the work is.</summary>
internal static class MatrixRate
{
    private const int SmallestSize = 128;
    private const int LargestSize = 1024;
    private const int Runs = 3;
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Billions of operations a second of a float32 product of two square matrices, the best of three: of 1024 × 1024, or smaller ones
    /// where those take long.
    /// </summary>
    public static double Measure(IDevice device, TimeProvider time)
    {
        for (var size = SmallestSize; ; size *= 2)
        {
            var best = Enumerable.Range(0, Runs).Min(_ => Multiply(device, size, time));
            if (best >= LongEnough || size == LargestSize)
            {
                return 2.0 * size * size * size / best.TotalSeconds / 1e9;
            }
        }
    }

    private static TimeSpan Multiply(IDevice device, int size, TimeProvider time)
    {
        using var a = device.Allocate([size, size]);
        using var b = device.Allocate([size, size]);
        using var c = device.Allocate([size, size]);
        device.Fill(a, 0.5);
        device.Fill(b, 0.25);
        Span<float> values = new float[size * size];
        var started = time.GetTimestamp();
        device.MatrixProduct(c, a, transposeA: false, b, transposeB: false);
        device.Download(c, values);
        return time.GetElapsedTime(started);
    }
}
