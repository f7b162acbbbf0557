namespace CircuitGrid.Grains.Silos;

/// <summary>A slot in use.</summary>
/// <param name="device">The device it is of.</param>
/// <param name="lease">The lease it is used by.</param>
/// <param name="bytes">Bytes reserved with it.</param>
internal sealed class TakenSlot(DeviceSlots device, Guid lease, long bytes)
{
    public DeviceSlots Device => device;

    public Guid Lease => lease;

    /// <summary>Bytes reserved that no weights have taken over.</summary>
    public long Bytes { get; set; } = bytes;

    /// <summary>Gives the slot back, and what is reserved with it.</summary>
    public void End()
    {
        device.Weights.Release(Bytes);
        device.Slots.End(lease);
    }
}
