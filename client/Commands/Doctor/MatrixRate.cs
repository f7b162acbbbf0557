using CircuitGrid.Compute;

namespace CircuitGrid.Client.Commands;

/// <summary>Measures how fast a device multiplies matrices, which most of the work is.</summary>
internal static class MatrixRate
{
    private const int Size = 768;
    private const int Runs = 5;

    /// <summary>Billions of operations a second of a float32 product of two 768 × 768 matrices: the best of five.</summary>
    public static double Measure(IDevice device, TimeProvider time)
    {
        using var a = device.Allocate([Size, Size]);
        using var b = device.Allocate([Size, Size]);
        using var c = device.Allocate([Size, Size]);
        device.Fill(a, 0.5);
        device.Fill(b, 0.25);
        Span<float> one = new float[Size * Size];
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < Runs; run++)
        {
            var started = time.GetTimestamp();
            device.MatrixProduct(c, a, transposeA: false, b, transposeB: false);
            device.Download(c, one);
            var elapsed = time.GetElapsedTime(started);
            best = elapsed < best ? elapsed : best;
        }

        return 2.0 * Size * Size * Size / best.TotalSeconds / 1e9;
    }
}
