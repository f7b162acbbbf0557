using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Experiments;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A silo that is a member and says nothing: the others go on without it, and nothing is computed twice when it comes back.</summary>
public sealed class SilentSiloTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    [Fact]
    public async Task Silo_ThatFallsSilent_KeepsNobodyFromComputing()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 20);
        var silence = new Silence();
        await using var cluster = FakeExperiment.Cluster(suite, pause: Pause, more: silence.Add);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => FakeExperiment.Computed(cluster).Length >= 6);
        silence.Begin(await OtherSiloAsync(cluster, started.Id));

        // what the silent one has is its own: a job or two, each of a checkpoint's two cells
        await UntilAsync(() => silence.Kept > 0 && FakeExperiment.Computed(cluster).Length >= 70);
        silence.End();
        Assert.Equal(HostedPhase.Completed, (await cluster.EndOfAsync(started.Id)).Phase);
        Assert.Equal(80, FakeExperiment.Computed(cluster).Length);
        Assert.Equal(80, FakeExperiment.Computed(cluster).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(await FakeExperiment.RunLocallyAsync(suite), StoredBytes.Of(cluster.StorePath));
    }

    /// <summary>It may have any checkpoint: nothing is sent out before it has said what it has, and that is all that is waited for.</summary>
    [Fact]
    public async Task Silo_ThatIsSilentWhenAnExperimentGoesOn_IsWaitedFor()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 40);
        var silence = new Silence();
        await using var cluster = FakeExperiment.Cluster(suite, pause: 3 * Pause, more: silence.Add);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(() => FakeExperiment.Computed(cluster).Length >= 6);
        var other = await OtherSiloAsync(cluster, started.Id);
        var home = await HomeAsync(cluster, started.Id);
        silence.Begin(other);
        var third = cluster.Silos.Silos.Select(s => s.SiloAddress).Single(s => !s.Equals(other) && !s.Equals(home));
        await cluster.Silos.MigrateAsync(cluster.Grains.GetGrain<IExperimentGrain>(started.Id), third).WaitAsync(TimeSpan.FromSeconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (await cluster.Host.FindAsync(started.Id, patience.Token) is not { Phase: HostedPhase.Running, Progress.Total: 80 })
        {
            await Task.Delay(20, patience.Token);
        }

        // the jobs that are out come to their end; with the others all would be done by now
        await Task.Delay(TimeSpan.FromSeconds(3));
        Assert.InRange(FakeExperiment.Computed(cluster).Length, 6, 60);
        silence.End();
        Assert.Equal(HostedPhase.Completed, (await cluster.EndOfAsync(started.Id)).Phase);
        Assert.Equal(80, FakeExperiment.Computed(cluster).Length);
        Assert.Equal(await FakeExperiment.RunLocallyAsync(suite), StoredBytes.Of(cluster.StorePath));
    }

    /// <summary>A silo that the experiment's grain isn't on.</summary>
    private static async Task<SiloAddress> OtherSiloAsync(GridCluster cluster, string id)
    {
        var home = await HomeAsync(cluster, id);
        return cluster.Silos.Silos.Select(s => s.SiloAddress).First(s => !s.Equals(home));
    }

    private static async Task<SiloAddress> HomeAsync(GridCluster cluster, string id)
    {
        IGrainContext? context = null;
        await UntilAsync(() => cluster.Silos.TryGetGrainContext(cluster.Grains.GetGrain<IExperimentGrain>(id).GetGrainId(), out context));
        return context!.Address.SiloAddress!;
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
