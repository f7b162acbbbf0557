using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Experiments;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Silos that stand still and are not known to be dead.</summary>
public sealed class SilentSiloTests : IAsyncDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 12);
    private readonly SilentSilo silence = new();
    private readonly GridCluster cluster;

    public SilentSiloTests() => cluster = new(
        suite.Root,
        silos: 3,
        () => new FakeAnalyzer { Pause = TimeSpan.FromMilliseconds(60) },
        () => new FakeSource(),
        options => options.AnswerTime = TimeSpan.FromMilliseconds(200),
        more: silo => silo.AddIncomingGrainCallFilter(silence));

    public async ValueTask DisposeAsync()
    {
        silence.Speak();
        await cluster.DisposeAsync();
        suite.Dispose();
    }

    /// <summary>All that the silent silo doesn't have itself is computed while it is silent, and nothing twice.</summary>
    [Fact]
    public async Task SilentSilo_KeepsNobodyElseFromWorking()
    {
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => FakeExperiment.Computed(cluster).Length >= 4);
        silence.Silence(cluster.Silos.Silos[2].SiloAddress);
        await UntilAsync(() => silence.Held > 0 && FakeExperiment.Computed(cluster).Length == 48);
        Assert.Equal(HostedPhase.Running, (await cluster.Host.FindAsync(started.Id))!.Phase);

        silence.Speak();
        await EndsAsync(started.Id);
    }

    /// <summary>Before anything is sent out it has to be known what a silo is at; once it answers, the work begins.</summary>
    [Fact]
    public async Task SilentSilo_WhenAnExperimentStarts_IsWaitedForWithoutHarm()
    {
        await cluster.StartAsync();
        silence.Silence(cluster.Silos.Silos[1].SiloAddress);
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => silence.Held > 0);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.Empty(FakeExperiment.Computed(cluster));
        Assert.Equal(1, silence.Held);

        silence.Speak();
        await EndsAsync(started.Id);
    }

    /// <summary>The same of an experiment that goes on on another silo: the silent one may be at any of its checkpoints.</summary>
    [Fact]
    public async Task SilentSilo_WhenAnExperimentMoves_IsWaitedForAndRepeatsNothing()
    {
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => FakeExperiment.Computed(cluster).Length >= 4);
        var grain = cluster.Grains.GetGrain<IExperimentGrain>(started.Id);
        Assert.True(cluster.Silos.TryGetGrainContext(grain.GetGrainId(), out var context));
        var others = cluster.Silos.Silos.Select(s => s.SiloAddress).Where(s => !s.Equals(context.Address.SiloAddress)).ToList();
        silence.Silence(others[0]);
        await cluster.Silos.MigrateAsync(grain, others[1]).WaitAsync(TimeSpan.FromSeconds(20));
        await UntilAsync(() => silence.Held > 0);

        silence.Speak();
        await EndsAsync(started.Id);
    }

    /// <summary>A cancelled experiment says so though some silo doesn't hear of it yet.</summary>
    [Fact]
    public async Task Cancel_WithASilentSilo_Ends()
    {
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => FakeExperiment.Computed(cluster).Length >= 4);
        silence.Silence(cluster.Silos.Silos[0].SiloAddress);
        Assert.True(await cluster.Host.CancelAsync(started.Id));
        Assert.Equal(HostedPhase.Cancelled, (await cluster.Host.FindAsync(started.Id))!.Phase);
    }

    private async Task EndsAsync(string id)
    {
        var ended = await cluster.EndOfAsync(id);
        Assert.Equal((HostedPhase.Completed, null), (ended.Phase, ended.Fault));
        Assert.Equal(await FakeExperiment.RunLocallyAsync(suite), StoredBytes.Of(cluster.StorePath));
        var computed = FakeExperiment.Computed(cluster);
        Assert.Equal((48, 48), (computed.Length, computed.Distinct(StringComparer.Ordinal).Count()));
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!isSo())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
