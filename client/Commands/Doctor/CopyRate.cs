using CircuitGrid.Compute;

namespace CircuitGrid.Client.Commands;

/// <summary>Measures how fast a device copies its own memory, which bounds everything that isn't a matrix product.</summary>
internal static class CopyRate
{
    private const int Elements = 16 << 20;
    private const int Copies = 4;
    private const int Runs = 3;

    /// <summary>Billions of bytes read and written a second, the best of three.</summary>
    public static double Measure(IDevice device, TimeProvider time)
    {
        using var from = device.Allocate([Elements]);
        using var to = device.Allocate([Elements]);
        device.Fill(from, 1);
        device.Fill(to, 0);
        var best = Enumerable.Range(0, Runs).Min(_ => Copy(device, to, from, time));
        return 2.0 * Copies * Elements * sizeof(float) / best.TotalSeconds / 1e9;
    }

    private static TimeSpan Copy(IDevice device, Tensor to, Tensor from, TimeProvider time)
    {
        Span<float> one = new float[1];
        device.Download(to.Slice(0, 1), one);
        var started = time.GetTimestamp();
        for (var i = 0; i < Copies; i++)
        {
            device.Copy(to, from);
        }

        // a download waits for all that was asked before
        device.Download(to.Slice(0, 1), one);
        return time.GetElapsedTime(started);
    }
}
