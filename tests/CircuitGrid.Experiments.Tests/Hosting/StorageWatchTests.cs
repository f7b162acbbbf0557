using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Hosting;

/// <summary>What is known of a storage that fails, hangs and comes back.</summary>
public sealed class StorageWatchTests : IAsyncDisposable
{
    private readonly ManualTime time = new();
    private readonly List<string> heard = [];
    private readonly List<bool> writes = [];
    private readonly StorageWatch watch;
    private Func<CancellationToken, Task> storage = _ => Task.CompletedTask;

    public StorageWatchTests() => watch = new(
        (isWriting, cancellation) =>
        {
            lock (writes)
            {
                writes.Add(isWriting);
            }

            return storage(cancellation);
        },
        time)
    {
        Began = outage => heard.Add(outage.Reason),
        Ended = (_, lasted) => heard.Add($"back after {lasted.TotalSeconds} s"),
    };

    public ValueTask DisposeAsync() => watch.DisposeAsync();

    [Fact]
    public async Task Storage_ThatFails_IsAwayUntilItAnswers_AndIsSaidOnce()
    {
        await watch.AskAsync();
        Assert.Null(watch.Outage);

        storage = _ => throw new InvalidInputException("account", "ConnectionRefused");
        await watch.AskAsync();
        var since = time.GetUtcNow();
        Assert.Equal(new(since, "ConnectionRefused"), watch.Outage);
        Assert.Equal($"storage hasn't answered since {since:yyyy-MM-dd HH:mm:ss} UTC: ConnectionRefused", watch.Outage!.Notice);
        time.Advance(TimeSpan.FromSeconds(90));
        storage = _ => throw new InvalidInputException("account", "503 ServerBusy");
        await watch.AskAsync();
        Assert.Equal(new(since, "503 ServerBusy"), watch.Outage);

        var returned = watch.ReturnAsync();
        Assert.False(returned.IsCompleted);
        storage = _ => Task.CompletedTask;
        await watch.AskAsync();
        await returned.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Null(watch.Outage);
        Assert.Equal(["ConnectionRefused", "back after 90 s"], heard);
    }

    /// <summary>Nobody waits for a storage that doesn't answer, and it isn't asked a second time meanwhile.</summary>
    [Fact]
    public async Task Storage_ThatHangs_IsAwayAfterTheDeadline_AndIsAskedOnce()
    {
        var answer = new TaskCompletionSource();
        storage = _ => answer.Task;
        var asking = watch.AskAsync();
        while (watch.Outage is null)
        {
            Assert.False(asking.IsCompleted);
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }

        Assert.Equal("no answer within 3 s", watch.Outage.Reason);
        Assert.False(asking.IsCompleted);
        Assert.Single(writes);
        answer.SetResult();
        await asking.WaitAsync(TimeSpan.FromMinutes(1));

        // an answer that comes too late ends nothing: the next one does
        Assert.NotNull(watch.Outage);
        storage = _ => Task.CompletedTask;
        await watch.AskAsync();
        Assert.Null(watch.Outage);
    }

    /// <summary>It is written to now and then, and always while it is away: it may be writing alone that fails.</summary>
    [Fact]
    public async Task Storage_IsWrittenToNowAndThen_AndAlwaysWhileItIsAway()
    {
        for (var i = 0; i < StorageWatch.WriteEvery; i++)
        {
            await watch.AskAsync();
        }

        Assert.Equal([.. Enumerable.Repeat(false, StorageWatch.WriteEvery - 1), true], writes);
        writes.Clear();
        storage = _ => throw new IOException("full");
        await watch.AskAsync();
        await watch.AskAsync();
        await watch.AskAsync();
        Assert.Equal([false, true, true], writes);
    }

    [Fact]
    public async Task Watch_IsEndedTwiceWithoutHarm()
    {
        watch.Start();
        await watch.DisposeAsync();
        await watch.DisposeAsync();
    }

    [Fact]
    public void Notice_OfARunningExperimentAlone_SaysThatItWaits()
    {
        var running = new HostedExperiment("id", "name", "yaml", HostedPhase.Running, Watching: false, new(2, 0, 1, 0, 1, TimeSpan.Zero, Left: null), Fault: null, time.GetUtcNow());
        Assert.Null(running.Noting(watch).Notice);
        var away = new Away(new(time.GetUtcNow(), "ConnectionRefused"));
        Assert.Equal(away.Outage!.Notice, running.Noting(away).Notice);
        Assert.Null((running with { Phase = HostedPhase.Completed }).Noting(away).Notice);
    }

    private sealed record Away(StorageOutage? Outage) : IStorageWatch;
}
