using System.Collections.Concurrent;
using CircuitGrid.Grains.Hosting;

namespace CircuitGrid.Grains.Silos;

/// <summary>A device of the silo: its slots, the weights in its memory, and whose turn it is with a checkpoint.</summary>
internal sealed class DeviceSlots : IDisposable
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> turns = new(StringComparer.Ordinal);

    /// <param name="device">The device.</param>
    /// <param name="leaseTime">How long a lease of a slot holds that nobody makes use of.</param>
    /// <param name="time">The clock.</param>
    public DeviceSlots(SiloDevice device, TimeSpan leaseTime, TimeProvider time)
    {
        Device = device;
        Weights = new(device.WeightMemory, time);
        Slots = new(device.Slots, Weights, leaseTime, time);
    }

    public SiloDevice Device { get; }

    public WeightCache Weights { get; }

    public SlotTable Slots { get; }

    /// <summary>Two jobs of one checkpoint take turns, so that its weights are loaded once.</summary>
    public SemaphoreSlim TurnOf(string checkpoint) => turns.GetOrAdd(checkpoint, _ => new(1));

    public void Dispose()
    {
        Weights.Dispose();
        foreach (var turn in turns.Values)
        {
            turn.Dispose();
        }
    }
}
