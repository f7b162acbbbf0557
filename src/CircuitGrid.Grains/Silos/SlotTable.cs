using CircuitGrid.Grains.Checkpoints;

namespace CircuitGrid.Grains.Silos;

/// <summary>Who has been promised a device's slots. A lease that nobody makes use of lapses; one in use holds until it is released.</summary>
/// <param name="slots">How many slots there are.</param>
/// <param name="weights">Memory that goes with them.</param>
/// <param name="patience">How long an unused lease holds.</param>
/// <param name="time">The clock.</param>
internal sealed class SlotTable(int slots, WeightCache weights, TimeSpan patience, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, Slot> leased = [];

    public SiloOffer Offer()
    {
        lock (gate)
        {
            Lapse();
            return new(slots, slots - leased.Count, weights.Free, FreePlaces: 0);
        }
    }

    /// <summary>Slots in use.</summary>
    public int Busy
    {
        get
        {
            lock (gate)
            {
                return leased.Values.Count(s => s.InUse);
            }
        }
    }

    public SlotLease? TryLease(SiloAddress silo, long bytes)
    {
        lock (gate)
        {
            Lapse();
            if (leased.Count >= slots || !weights.TryReserve(bytes))
            {
                return null;
            }

            var lease = new SlotLease(silo, Guid.NewGuid());
            leased.Add(lease.Id, new(bytes, time.GetTimestamp(), InUse: false));
            return lease;
        }
    }

    /// <summary>Makes use of a lease.</summary>
    /// <returns>Bytes reserved with it, or <see langword="null"/> where it has lapsed or is in use.</returns>
    public long? TryUse(Guid lease)
    {
        lock (gate)
        {
            Lapse();
            if (!leased.TryGetValue(lease, out var slot) || slot.InUse)
            {
                return null;
            }

            leased[lease] = slot with { InUse = true };
            return slot.Bytes;
        }
    }

    /// <summary>Ends a lease that was made use of; its memory is the user's to give back.</summary>
    public void End(Guid lease)
    {
        lock (gate)
        {
            leased.Remove(lease);
        }
    }

    /// <summary>Gives an unused lease back, with its memory.</summary>
    public void Release(Guid lease)
    {
        lock (gate)
        {
            if (leased.TryGetValue(lease, out var slot) && !slot.InUse)
            {
                leased.Remove(lease);
                weights.Release(slot.Bytes);
            }
        }
    }

    private void Lapse()
    {
        foreach (var (id, slot) in leased.Where(l => !l.Value.InUse && time.GetElapsedTime(l.Value.Since) > patience).ToList())
        {
            leased.Remove(id);
            weights.Release(slot.Bytes);
        }
    }

    private readonly record struct Slot(long Bytes, long Since, bool InUse);
}
