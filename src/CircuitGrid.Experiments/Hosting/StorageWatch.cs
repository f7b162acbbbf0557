using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Hosting;

/// <summary>
/// Asks the storage for something tiny all the time, once each time and without patience, one question at a time. An outage begins with the first
/// question that fails or isn't answered in time, and ends with the first that is.
/// </summary>
public sealed class StorageWatch : IStorageWatch, IAsyncDisposable
{
    /// <summary>From an answer to the next question.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>How long an answer of a service may take.</summary>
    public static readonly TimeSpan ServiceDeadline = TimeSpan.FromSeconds(3);

    /// <summary>How long an answer of a file may take, whose one connection others may be using for a while.</summary>
    public static readonly TimeSpan FileDeadline = TimeSpan.FromSeconds(10);

    /// <summary>One question in so many writes too. All do while an outage lasts, which may be of writing alone.</summary>
    public const int WriteEvery = 15;

    private readonly Func<bool, CancellationToken, Task> probe;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private volatile TaskCompletionSource returned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile StorageOutage? outage;
    private Task watching = Task.CompletedTask;
    private int asked;
    private int disposed;

    /// <param name="probe">Asks the storage; see <see cref="Storage.ICellStore.ProbeAsync"/>.</param>
    /// <param name="time">The clock.</param>
    public StorageWatch(Func<bool, CancellationToken, Task> probe, TimeProvider time)
    {
        this.probe = probe;
        this.time = time;
    }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Deadline { get; init; } = ServiceDeadline;

    public StorageOutage? Outage => outage;

    /// <summary>Hears of an outage that has begun.</summary>
    public Action<StorageOutage>? Began { get; init; }

    /// <summary>Hears of an outage that has ended, and how long it was.</summary>
    public Action<StorageOutage, TimeSpan>? Ended { get; init; }

    /// <summary>Waits until the outage that lasts has ended, or where none does, the next one.</summary>
    public Task ReturnAsync(CancellationToken cancellation = default) => returned.Task.WaitAsync(cancellation);

    /// <summary>Begins to ask.</summary>
    public void Start() => watching = WatchAsync();

    /// <summary>Asks once, and takes note of the answer.</summary>
    public async Task AskAsync()
    {
        var since = time.GetUtcNow();
        var writes = asked++ % WriteEvery == WriteEvery - 1 || outage is not null;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var answer = Task.Run(() => probe(writes, deadline.Token), CancellationToken.None);
        try
        {
            await answer.WaitAsync(Deadline, time, stop.Token);
            End();
        }
        catch (TimeoutException) when (!answer.IsCompleted)
        {
            Begin(since, $"no answer within {Deadline.TotalSeconds} s");
            await deadline.CancelAsync();

            // a store that doesn't heed that isn't asked a second time meanwhile
            await answer.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).WaitAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            Begin(since, e is InvalidInputException refused ? refused.Reason.ReplaceLineEndings(" ") : e.GetType().Name);
        }
    }

    /// <summary>Ends it; a second call does nothing, as it comes from containers that know it by several names.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
        {
            return;
        }

        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await AskAsync();
                await Task.Delay(Interval, time, stop.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the host ends
        }
    }

    private void Begin(DateTimeOffset since, string reason)
    {
        var before = outage;
        outage = new(before?.Since ?? since, reason);
        if (before is null)
        {
            Began?.Invoke(outage);
        }
    }

    private void End()
    {
        if (outage is not { } over)
        {
            return;
        }

        var heard = returned;
        (outage, returned) = (null, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Ended?.Invoke(over, time.GetUtcNow() - over.Since);
        heard.SetResult();
    }
}
