using System.Diagnostics;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Silos;

/// <summary>
/// A device's memory for weights. What is reserved never exceeds the budget: weights that are kept without need make way, and where that
/// isn't enough a reservation is refused.
/// </summary>
/// <param name="budget">Bytes.</param>
/// <param name="time">The clock.</param>
internal sealed class WeightCache(long budget, TimeProvider time) : IDisposable
{
    private readonly Lock gate = new();
    private readonly LinkedList<Kept> idle = [];
    private long reserved;

    /// <summary>Bytes that could be reserved now.</summary>
    public long Free
    {
        get
        {
            lock (gate)
            {
                return budget - reserved + idle.Sum(k => k.Weights.Bytes);
            }
        }
    }

    /// <summary>Bytes reserved now, for weights in use, on their way or kept.</summary>
    public long Reserved
    {
        get
        {
            lock (gate)
            {
                return reserved;
            }
        }
    }

    /// <summary>Reserves memory, if need be that of weights kept without need, the longest kept first.</summary>
    public bool TryReserve(long bytes)
    {
        List<Kept> victims = [];
        try
        {
            lock (gate)
            {
                if (bytes > budget - reserved + idle.Sum(k => k.Weights.Bytes))
                {
                    return false;
                }

                while (bytes > budget - reserved)
                {
                    victims.Add(idle.First!.Value);
                    reserved -= idle.First.Value.Weights.Bytes;
                    idle.RemoveFirst();
                }

                reserved += bytes;
                return true;
            }
        }
        finally
        {
            victims.ForEach(v => v.Weights.Loaded.Dispose());
        }
    }

    /// <summary>Gives a reservation back.</summary>
    public void Release(long bytes)
    {
        lock (gate)
        {
            reserved -= bytes;
        }
    }

    /// <summary>Whether weights of a checkpoint are kept.</summary>
    public bool Keeps(string checkpoint)
    {
        lock (gate)
        {
            return idle.Any(k => string.Equals(k.Weights.Checkpoint, checkpoint, StringComparison.Ordinal));
        }
    }

    /// <summary>Takes out weights that are kept. They stay reserved, and are the caller's to <see cref="Keep"/> or <see cref="Drop"/>.</summary>
    public HeldWeights? TryTake(string folder, string digest)
    {
        lock (gate)
        {
            for (var at = idle.Last; at is not null; at = at.Previous)
            {
                if (string.Equals(at.Value.Weights.Folder, folder, StringComparison.Ordinal) && string.Equals(at.Value.Weights.Digest, digest, StringComparison.Ordinal))
                {
                    idle.Remove(at);
                    return at.Value.Weights;
                }
            }
        }

        return null;
    }

    /// <summary>Keeps weights for whoever needs the same ones next.</summary>
    public void Keep(HeldWeights weights)
    {
        lock (gate)
        {
            idle.AddLast(new Kept(weights, time.GetTimestamp()));
        }
    }

    /// <summary>Lets go of weights.</summary>
    public void Drop(HeldWeights weights)
    {
        weights.Loaded.Dispose();
        Release(weights.Bytes);
    }

    /// <summary>Lets go of weights kept for longer than <paramref name="age"/>.</summary>
    public void DropIdle(TimeSpan age)
    {
        List<Kept> victims;
        lock (gate)
        {
            victims = [.. idle.Where(k => time.GetElapsedTime(k.Since) >= age)];
            victims.ForEach(v => idle.Remove(v));
        }

        victims.ForEach(v => Drop(v.Weights));
    }

    public void Dispose() => DropIdle(TimeSpan.Zero);

    [DebuggerDisplay("{Weights.Folder}")]
    private sealed record Kept(HeldWeights Weights, long Since);
}

/// <summary>A checkpoint's weights in memory.</summary>
/// <param name="Checkpoint">Its name, suite/model@step.</param>
/// <param name="Folder">Where they come from.</param>
/// <param name="Digest">Which they are.</param>
/// <param name="Bytes">What is reserved for them.</param>
/// <param name="LoadTime">How long they took to load.</param>
/// <param name="Loaded">The weights.</param>
internal sealed record HeldWeights(string Checkpoint, string Folder, string Digest, long Bytes, TimeSpan LoadTime, ILoadedCheckpoint Loaded);
