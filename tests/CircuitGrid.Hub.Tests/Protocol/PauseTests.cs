using CircuitGrid.Compute;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>Requests are repeated where that may help, after pauses that grow, or as long as the hub asks for.</summary>
public sealed class PauseTests
{
    [Fact]
    public async Task RateLimit_IsWaitedForToItsEnd()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(2, Fault.RateLimited(55));
        using var store = hub.Store();
        Assert.NotEmpty((await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None)).Revisions);

        Assert.Equal([TimeSpan.FromSeconds(56), TimeSpan.FromSeconds(56)], hub.Time.Pauses);
        Assert.Equal(["127.0.0.1 asks to wait 56 s.", "127.0.0.1 asks to wait 56 s."], hub.Notices);
    }

    /// <summary>The stand-in's own window: what comes too early in it isn't answered.</summary>
    [Fact]
    public async Task RateLimit_OfAWindow_LetsAllRequestsThroughInTheEnd()
    {
        var time = new ImpatientTime();
        await using var hub = await TestHub.StartAsync(new() { ApiQuota = 3, Time = time });
        using var store = hub.Store(time: time);
        for (var i = 0; i < 8; i++)
        {
            await store.FindCommitAsync(TestHub.Tiny, "main", CancellationToken.None);
        }

        Assert.Equal(2, time.Pauses.Count);
        Assert.All(time.Pauses, pause => Assert.Equal(TimeSpan.FromSeconds(301), pause));
        Assert.Equal(10, hub.Server.Requests.All.Count);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", 0)]
    [InlineData("Sun, 01 Mar 2026 12:01:30 GMT", 90)]
    [InlineData("Sun, 01 Mar 2026 11:00:00 GMT", 0)]
    public async Task RetryAfter_IsWaitedFor(string value, double seconds)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Answer(503, headers: ("Retry-After", value)));
        using var store = hub.Store();
        await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);
        Assert.Equal(seconds, hub.Time.Pauses.Sum(p => p.TotalSeconds));
        Assert.Equal(2, hub.Server.Requests.All.Count);
    }

    /// <summary>A wait beyond all patience is said, not waited for.</summary>
    [Theory]
    [InlineData("601")]
    [InlineData("99999999999999999999")]
    [InlineData("Sun, 01 Mar 2099 12:01:30 GMT")]
    public async Task RetryAfter_ThatIsTooLong_IsAnError(string value)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Answer(429, headers: ("Retry-After", value)));
        using var store = hub.Store();
        var error = await Assert.ThrowsAsync<HubUnreachableException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Matches(@"answers 429 \(TooManyRequests\), and asks to wait \d+ s; run again then$", error.Message);
        Assert.Empty(hub.Time.Pauses);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Statuses_ThatMayPass_AreRepeatedFiveTimesWithPausesOfAtMostEightSeconds(int status)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(5, Fault.Answer(status));
        using var store = hub.Store();
        await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None);

        Assert.Equal(6, hub.Server.Requests.All.Count);
        Assert.Equal(5, hub.Time.Pauses.Count);
        Assert.All(hub.Time.Pauses, pause => Assert.InRange(pause.TotalSeconds, 0, 8));
        Assert.InRange(hub.Time.Pauses.Sum(p => p.TotalSeconds), 4, 40);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Statuses_ThatStay_AreNotRepeated(int status)
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Next(1, Fault.Answer(status));
        using var store = hub.Store();
        await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));
        Assert.Single(hub.Server.Requests.All);
    }

    [Fact]
    public async Task Lists_ThatBreakOff_StandStillOrAreReset_AreAskedForAgain()
    {
        await using var hub = await TestHub.StartAsync();

        // a request that is reset doesn't count for the rules behind
        hub.Server.Faults.Next(1, Fault.Truncate(20));
        hub.Server.Faults.Add(new() { Fault = Fault.Reset(), After = 1 });
        hub.Server.Faults.Add(new() { Fault = Fault.Stall(TimeSpan.FromMinutes(5), after: 20), After = 1 });
        hub.Server.Faults.Add(new() { Fault = Fault.Delay(TimeSpan.FromMinutes(5)), After = 2 });
        using var store = hub.Store(o => o with { ListingTimeout = TimeSpan.FromSeconds(2) });
        Assert.Equal(2, (await store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None)).Revisions.Length);
        Assert.Equal(5, hub.Server.Requests.All.Count);
    }

    [Fact]
    public async Task Cancelling_EndsAPause()
    {
        await using var hub = await TestHub.StartAsync();
        hub.Server.Faults.Always(Fault.RateLimited(500));
        using var cancellation = new CancellationTokenSource();
        using var store = new Hub.Cache.HubStore(hub.Options, TimeProvider.System, _ => cancellation.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.ReadRefsAsync(TestHub.Tiny, cancellation.Token));
    }
}
