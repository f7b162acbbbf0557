using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Hosting;

/// <summary>Experiments that go on in the background.</summary>
public sealed class LocalExperimentHostTests : IAsyncDisposable
{
    private const string Yaml = "name: fake\nsuite: fake\ntasks: [ioi, sva]";

    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 3);
    private readonly SqliteCellStore store;
    private readonly List<LocalExperimentHost> hosts = [];

    public LocalExperimentHostTests() => store = SqliteCellStore.Open(suite.StorePath);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in hosts)
        {
            await host.DisposeAsync();
        }

        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Start_OfAnExperiment_IsHeardOfByEarlyAndLateFollowersAlike()
    {
        var host = Host(new FakeAnalyzer());
        var started = await host.StartAsync(Yaml, watch: false);
        var early = await HearAsync(host, started.Id, after: 0);
        var late = await HearAsync(host, started.Id, after: 0);
        Assert.Equal(early, late);
        Assert.Equal(Enumerable.Range(1, early.Count).Select(i => (long)i), early.Select(e => e.Sequence));
        Assert.Equal(early[5..], await HearAsync(host, started.Id, after: 5));
        Assert.Equal((GridEventKind.Completed, 12), (early[^1].Kind, early[^1].Progress.Finished));
        Assert.Equal(12, early.Count(e => e.Outcome is { Status: not null }));
        Assert.Equal(HostedPhase.Completed, (await host.FindAsync(started.Id))!.Phase);
    }

    [Fact]
    public async Task Start_OfARunningExperiment_StartsNoOther()
    {
        using var gate = new ManualResetEventSlim();
        var analyzer = new FakeAnalyzer { During = (_, cancellation) => gate.Wait(cancellation) };
        var host = Host(analyzer);
        var first = await host.StartAsync(Yaml, watch: false);
        var second = await host.StartAsync(Yaml + "\n# the same\n", watch: false);
        Assert.Equal((first.Id, first.Started), (second.Id, second.Started));
        gate.Set();
        await HearAsync(host, first.Id, after: 0);
        Assert.Equal(12, analyzer.Computed.Count);
        Assert.Equal(first.Id, Assert.Single(await host.ListAsync()).Id);
    }

    [Fact]
    public async Task Cancel_OfARunningExperiment_EndsItAndItsFollowers()
    {
        var analyzer = new FakeAnalyzer { During = (_, cancellation) => cancellation.WaitHandle.WaitOne() };
        var host = Host(analyzer);
        var started = await host.StartAsync(Yaml, watch: false);
        var following = HearAsync(host, started.Id, after: 0);
        Assert.True(await host.CancelAsync(started.Id));
        await following;
        Assert.Equal(HostedPhase.Cancelled, (await host.FindAsync(started.Id))!.Phase);
        Assert.False(await host.CancelAsync(started.Id));
        Assert.False(await host.CancelAsync("0000000000000000"));
    }

    [Theory]
    [InlineData("suite: fake", "experiment")]
    [InlineData("suite: nothing\ntasks: [ioi]", "nothing")]
    [InlineData("suite: fake\nmodels: [absent]\ntasks: [ioi]", "fake")]
    public async Task Start_OfWhatCantBe_IsRefusedAndForgotten(string yaml, string input)
    {
        var host = Host(new FakeAnalyzer());
        var refusal = await Assert.ThrowsAsync<InvalidInputException>(() => host.StartAsync(yaml, watch: false));
        Assert.Equal(input, refusal.Input);
        Assert.DoesNotContain(suite.Root, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await host.ListAsync());
    }

    [Fact]
    public async Task Start_OfMoreThanTheHostTakesOn_IsRefused()
    {
        var analyzer = new FakeAnalyzer { During = (_, cancellation) => cancellation.WaitHandle.WaitOne() };
        var host = Host(analyzer, new() { MaxRunning = 1 });
        await host.StartAsync(Yaml, watch: false);
        await Assert.ThrowsAsync<HostBusyException>(() => host.StartAsync("suite: fake\ntasks: [ioi]", watch: false));
    }

    [Fact]
    public async Task Follow_OfMoreEventsThanAreRemembered_HearsTheLatest()
    {
        var log = new EventLog(capacity: 3);
        for (var i = 0; i < 10; i++)
        {
            log.Add(sequence => new(sequence, GridEventKind.Loading, Cell: null, Message: null, new(0, 0, 0, 0, 0, TimeSpan.Zero, Left: null), Outcome: null));
        }

        log.End();
        var heard = new List<long>();
        await foreach (var happened in log.FollowAsync(after: 2))
        {
            heard.Add(happened.Sequence);
        }

        Assert.Equal([8, 9, 10], heard);
    }

    private static async Task<List<HostedEvent>> HearAsync(LocalExperimentHost host, string id, long after)
    {
        var heard = new List<HostedEvent>();
        await foreach (var happened in host.FollowAsync(id, after))
        {
            heard.Add(happened);
        }

        return heard;
    }

    private LocalExperimentHost Host(FakeAnalyzer analyzer, LocalExperimentHostOptions? options = null)
    {
        var host = new LocalExperimentHost(new LocalGrid(store, store, analyzer, new FakeSource()), new ExperimentTexts(suite.Root), options);
        hosts.Add(host);
        return host;
    }
}
