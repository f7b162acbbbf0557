namespace CircuitGrid.Grains.Silos;

/// <summary>
/// Jobs that have all they need and wait for a slot: who came first gets the first that has room for it. While anybody waits, nobody else is given one.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class SlotLine(TimeProvider time) : IDisposable
{
    /// <summary>Leases lapse without anybody being told.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim first = new(1);
    private TaskCompletionSource freed = New();
    private int waiting;

    /// <summary>Somebody waits.</summary>
    public bool IsWaiting => Volatile.Read(ref waiting) > 0;

    /// <summary>Waits for a slot.</summary>
    /// <param name="tryTake">Takes one that is free; <see langword="null"/> for none.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<TakenSlot> TakeAsync(Func<TakenSlot?> tryTake, CancellationToken cancellation)
    {
        Interlocked.Increment(ref waiting);
        try
        {
            await first.WaitAsync(cancellation);
            try
            {
                while (true)
                {
                    var change = Volatile.Read(ref freed).Task;
                    if (tryTake() is { } taken)
                    {
                        return taken;
                    }

                    await Task.WhenAny(change, Task.Delay(AskAgain, time, cancellation));
                    cancellation.ThrowIfCancellationRequested();
                }
            }
            finally
            {
                first.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    /// <summary>A slot or memory has become free.</summary>
    public void Freed() => Interlocked.Exchange(ref freed, New()).TrySetResult();

    public void Dispose() => first.Dispose();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
