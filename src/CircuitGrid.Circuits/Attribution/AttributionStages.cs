using System.Diagnostics;
using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Attribution;

/// <summary>
/// Where the time of an attribution goes, summed over its batches. It is only taken where somebody asks: between stages one has to wait for the device.
/// </summary>
public sealed class AttributionStages
{
    private long started;

    /// <summary>The clean and the ablated run, and what sources' outputs differ by.</summary>
    public TimeSpan Forwards { get; private set; }

    /// <summary>Forward and backward passes at the integration points, gradients summed over them.</summary>
    public TimeSpan Gradients { get; private set; }

    /// <summary>Products of the sums with the differences.</summary>
    public TimeSpan Contraction { get; private set; }

    /// <summary>All of it.</summary>
    public TimeSpan Total => Forwards + Gradients + Contraction;

    internal void Begin() => started = Stopwatch.GetTimestamp();

    internal void EndForwards(IDevice device) => Forwards += Lap(device);

    internal void EndGradients(IDevice device) => Gradients += Lap(device);

    internal void EndContraction(IDevice device) => Contraction += Lap(device);

    private TimeSpan Lap(IDevice device)
    {
        // only a download waits for all that the device was asked to do
        using var one = device.Allocate([1]);
        device.Fill(one, 1);
        device.Download(one, new float[1]);
        var (begun, now) = (started, Stopwatch.GetTimestamp());
        started = now;
        return Stopwatch.GetElapsedTime(begun, now);
    }
}
