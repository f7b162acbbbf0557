namespace CircuitGrid.HubStandIn.Transport;

/// <summary>
/// A token bucket that all answers of a server share: by any moment, no more has passed than <see cref="Burst"/> bytes and the rate times the time since it was set.
/// </summary>
internal sealed class Bandwidth(TimeProvider time)
{
    /// <summary>Bytes that may pass at once after a pause.</summary>
    public const int Burst = 1 << 16;

    private readonly Lock gate = new();
    private long? bytesPerSecond;
    private long start = time.GetTimestamp();
    private double paidUntil;

    /// <summary>Bytes a second; <see langword="null"/> for no limit.</summary>
    public long? BytesPerSecond
    {
        get
        {
            lock (gate)
            {
                return bytesPerSecond;
            }
        }
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value ?? 1);
            lock (gate)
            {
                bytesPerSecond = value;
                start = time.GetTimestamp();
                paidUntil = value is { } rate ? -(double)Burst / rate : 0;
            }
        }
    }

    /// <summary>
    /// Bytes to wait for at a time: what passes in a sixteenth of a second. Answers that share a slow line each get some of it all the time, where whole bursts in
    /// turn would let a reader believe that nothing comes any more.
    /// </summary>
    public int Piece => BytesPerSecond is { } rate ? (int)Math.Clamp(rate / 16, 512, Burst) : Burst;

    /// <summary>Waits until so many bytes may be sent; at most <see cref="Burst"/> at a time.</summary>
    public async Task WaitAsync(int bytes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Burst);
        double due;
        long since;
        lock (gate)
        {
            if (bytesPerSecond is not { } rate)
            {
                return;
            }

            since = start;
            paidUntil = Math.Max(paidUntil, Seconds(since) - ((double)Burst / rate)) + ((double)bytes / rate);
            due = paidUntil;
        }

        // A timer may ring early.
        for (var left = due - Seconds(since); left > 0; left = due - Seconds(since))
        {
            await Task.Delay(TimeSpan.FromSeconds(left), time, cancellation);
        }
    }

    private double Seconds(long since) => time.GetElapsedTime(since).TotalSeconds;
}
