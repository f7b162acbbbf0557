namespace CircuitGrid.Hub.Protocol;

/// <summary>Ends what doesn't come on.</summary>
internal static class Stall
{
    /// <summary>Does something that may take so long.</summary>
    /// <exception cref="TimeoutException">It took longer.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static async Task<T> LimitAsync<T>(Func<CancellationToken, Task<T>> what, TimeSpan limit, CancellationToken cancellation)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(limit);
        try
        {
            return await what(timeout.Token);
        }
        catch (Exception e) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested && e is OperationCanceledException or IOException or HttpRequestException)
        {
            throw new TimeoutException($"nothing came for {limit.TotalSeconds:0.#} s", e);
        }
    }
}
