namespace CircuitGrid.Hub.Protocol;

/// <summary>Ends what doesn't come on: each step may take so long, and all together as long as they like.</summary>
internal sealed class Stall(TimeSpan limit, CancellationToken cancellation) : IDisposable
{
    private readonly CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Does a step.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<T> LimitAsync<T>(Func<CancellationToken, ValueTask<T>> step)
    {
        timeout.CancelAfter(limit);
        try
        {
            var done = await step(timeout.Token);
            timeout.CancelAfter(Timeout.InfiniteTimeSpan);
            return done;
        }
        catch (Exception e) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested && e is OperationCanceledException or IOException or HttpRequestException)
        {
            throw new TimeoutException($"nothing came for {limit.TotalSeconds:0.#} s", e);
        }
    }

    public void Dispose() => timeout.Dispose();
}
