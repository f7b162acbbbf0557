using CircuitGrid.Client.Options;
using CircuitGrid.Compute;

namespace CircuitGrid.Client.Commands;

/// <summary>What batches may take beside the weights; results don't depend on how examples are cut into batches.</summary>
/// <param name="bytes">Bytes left of the memory allowed; <see langword="null"/> for what the engine takes of itself.</param>
internal sealed class BatchMemory(long? bytes)
{
    /// <summary>Below this a batch of a single prompt hardly fits.</summary>
    public const long Smallest = 1L << 20;

    private const long FirstRetry = 128L << 20;

    /// <summary>What the weights on a device have left.</summary>
    public static BatchMemory Of(IDevice device, ComputeSettings settings) => new(settings.DeviceMemory - device.AllocatedBytes);

    /// <summary>Whether there is room for any batch.</summary>
    public bool IsEnough => bytes is null or >= Smallest;

    /// <summary>Runs something in batches of at most so many bytes; where they don't fit the device after all, in smaller ones.</summary>
    /// <exception cref="DeviceMemoryException">Not even the smallest batches fit.</exception>
    public T Run<T>(Func<long?, T> run)
    {
        for (var budget = bytes; ; budget = budget / 2 ?? FirstRetry)
        {
            try
            {
                return run(budget);
            }
            catch (DeviceMemoryException) when (budget is null or > Smallest)
            {
                // the next round is smaller
            }
        }
    }
}
