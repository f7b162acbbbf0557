using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Experiments;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Silos of one cluster whose suites lie in different places.</summary>
public sealed class PlacesTests : IDisposable
{
    private readonly FakeSuite first = FakeSuite.Of(models: 2, checkpoints: 3);
    private readonly FakeSuite second = FakeSuite.Of(models: 2, checkpoints: 3);

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    [Fact]
    public async Task Experiment_ThroughSilosOfOtherRoots_HasOneId_AndIsCancelledThroughTheOther()
    {
        await using var cluster = await StartAsync(pause: TimeSpan.FromSeconds(2));
        var (here, there) = (HostOf(cluster, first), HostOf(cluster, second));
        var started = await here.StartAsync(FakeExperiment.Yaml, watch: false);
        Assert.Equal(IdOf(second), started.Id);
        Assert.Equal(started.Id, (await there.StartAsync(FakeExperiment.Yaml, watch: false)).Id);
        Assert.Single(await there.ListAsync());

        // by what either machine would have called it before
        Assert.NotEqual(FormerIdOf(first), FormerIdOf(second));
        Assert.Equal(started.Id, (await here.FindAsync(FormerIdOf(first)))?.Id);
        Assert.Equal(started.Id, (await there.FindAsync(FormerIdOf(second)))?.Id);
        Assert.Null(await there.FindAsync("0123456789abcdef"));
        Assert.True(await there.CancelAsync(started.Id));
        Assert.Equal(HostedPhase.Cancelled, (await here.FindAsync(started.Id))?.Phase);
    }

    [Fact]
    public async Task Experiment_OfAFormerVersion_GoesOnUnderItsId_AndIsFoundByEither()
    {
        await using var cluster = await StartAsync();
        var former = FormerIdOf(first);
        await cluster.Grains.GetGrain<IExperimentGrain>(former).StartAsync("fake", FakeExperiment.Yaml, watch: false);
        foreach (var host in new[] { HostOf(cluster, first), HostOf(cluster, second) })
        {
            Assert.Equal(former, (await host.StartAsync(FakeExperiment.Yaml, watch: false)).Id);
            Assert.Equal(former, (await host.FindAsync(IdOf(first)))?.Id);
            Assert.Equal(former, (await host.FindAsync(former))?.Id);
            Assert.NotEmpty(await host.FollowAsync(IdOf(first), after: 0).ToListAsync());
        }

        Assert.Equal(former, Assert.Single(await cluster.Host.ListAsync()).Id);
        Assert.Equal((HostedPhase.Completed, 12), ((await cluster.EndOfAsync(former)).Phase, FakeExperiment.Computed(cluster).Length));
    }

    private static string IdOf(FakeSuite suite) => ExperimentTexts.IdOf(new ExperimentTexts(suite.Root).Parse(FakeExperiment.Yaml));

    private static string FormerIdOf(FakeSuite suite) => ExperimentTexts.FormerIdOf(new ExperimentTexts(suite.Root).Parse(FakeExperiment.Yaml));

    private static IExperimentHost HostOf(GridCluster cluster, FakeSuite suite) => cluster.HostOf(cluster.SiloOf(suite.Root));

    private async Task<GridCluster> StartAsync(TimeSpan pause = default)
    {
        var roots = new[] { first.Root, second.Root };
        var next = 0;
        var cluster = FakeExperiment.Cluster(
            first, silos: 2, pause, options => options.ReadExperiment = new ExperimentTexts(roots[(Interlocked.Increment(ref next) - 1) % roots.Length]).Parse);
        await cluster.StartAsync();
        return cluster;
    }
}
