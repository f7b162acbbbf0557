namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// Hands out a memory budget in the order it is asked for. Somebody who needs more than there is at all gets it once nothing else is out:
/// one checkpoint at a time must always be possible.
/// </summary>
internal sealed class MemoryGate(long budget)
{
    private readonly Lock gate = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Granted)> waiting = [];
    private long taken;

    /// <summary>Waits for so many bytes; disposing the result gives them back.</summary>
    public async Task<IDisposable> ReserveAsync(long bytes, CancellationToken cancellation)
    {
        var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            waiting.Enqueue((bytes, granted));
            Grant();
        }

        await using var registration = cancellation.Register(() => granted.TrySetCanceled(cancellation));
        await granted.Task;
        return new Reservation(this, bytes);
    }

    /// <summary>Waits until nothing is out, and takes all there is.</summary>
    public Task<IDisposable> ReserveAllAsync(CancellationToken cancellation) => ReserveAsync(Math.Max(1, budget), cancellation);

    private void Grant()
    {
        while (waiting.TryPeek(out var next) && (next.Granted.Task.IsCanceled || taken == 0 || taken + next.Bytes <= budget))
        {
            waiting.Dequeue();
            if (next.Granted.TrySetResult())
            {
                taken += next.Bytes;
            }
        }
    }

    private void Release(long bytes)
    {
        lock (gate)
        {
            taken -= bytes;
            Grant();
        }
    }

    private sealed class Reservation(MemoryGate owner, long bytes) : IDisposable
    {
        private int disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref disposed, 1) == 0)
            {
                owner.Release(bytes);
            }
        }
    }
}
