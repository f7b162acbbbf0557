using CircuitGrid.Compute;

namespace CircuitGrid.Client.Commands;

/// <summary>Measures how fast a device multiplies by a prepared matrix, which most of the work is.</summary>
internal static class MatrixRate
{
    private const int SmallestSize = 128;
    private const int LargestSize = 8192;
    private const int Runs = 3;
    private static readonly TimeSpan LongEnough = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Billions of operations a second of a product of two square matrices in the device's precision, the best of three: of matrices so large
    /// that one takes 10 ms, which a call's own cost doesn't show in.
    /// </summary>
    public static double Measure(IDevice device, TimeProvider time)
    {
        for (var size = SmallestSize; ; size *= 2)
        {
            var best = Multiply(device, size, time);
            if (best >= LongEnough || size == LargestSize)
            {
                return 2.0 * size * size * size / best.TotalSeconds / 1e9;
            }
        }
    }

    private static TimeSpan Multiply(IDevice device, int size, TimeProvider time)
    {
        using var weight = device.Prepare(new ConstantMatrix(size));
        using var x = device.Allocate([size, size]);
        using var y = device.Allocate([size, size]);
        device.Fill(x, 0.5);
        return Enumerable.Range(0, Runs).Min(_ =>
        {
            var first = y.Reshape(size * size).Slice(0, 1);
            Span<float> one = new float[1];
            device.Download(x.Reshape(size * size).Slice(0, 1), one);
            var started = time.GetTimestamp();
            device.Linear(y, x, weight);
            device.Download(first, one);
            return time.GetElapsedTime(started);
        });
    }

    private sealed class ConstantMatrix(int size) : IMatrixSource
    {
        public int Rows => size;

        public int Columns => size;

        public void CopyRows(int firstRow, Span<float> destination) => destination.Fill(0.25f);
    }
}
