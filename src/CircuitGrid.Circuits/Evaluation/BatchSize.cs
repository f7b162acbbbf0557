using CircuitGrid.Compute;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>How many rows a batch needs, and no more, for matrix products at full speed and calls that cost nothing (docs/engine.md, memory).</summary>
internal static class BatchSize
{
    /// <summary>Width from which on <see cref="IDevice.FullSpeedRows"/> are enough.</summary>
    private const int WideModel = 512;

    /// <summary>Rows beyond which a larger batch gains nothing; more in narrow models, where a row is less work.</summary>
    /// <param name="device">What the batch runs on.</param>
    /// <param name="width">D.</param>
    public static int EnoughRows(IDevice device, int width) => Math.Max(device.FullSpeedRows, device.FullSpeedRows * WideModel / width);
}
