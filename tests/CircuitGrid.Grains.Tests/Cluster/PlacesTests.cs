using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;

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

    /// <summary>Wherever the experiment's grain begins, all is planned that some silo sees, and nothing is asked of a silo twice that doesn't have it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Experiment_OnSilosOfWhichOneLacksAModel_CompletesWhole_AndSaysSo(bool beginsWithout)
    {
        Directory.Delete(Path.Combine(second.Folder, "model-1"), recursive: true);
        await using var cluster = await StartAsync();
        var (with, without) = (cluster.SiloOf(first.Root), cluster.SiloOf(second.Root));
        var ended = await RunAsync(cluster, beginsWithout ? without : with);
        Assert.Equal((HostedPhase.Completed, null), (ended.Phase, ended.Fault));
        Assert.Equal((12, 12, 0), (ended.Progress.Total, ended.Progress.Finished, ended.Progress.Failed));
        Assert.Equal(12, FakeExperiment.Computed(cluster).Length);
        Assert.Contains($"silo {without.Endpoint} lacks model-1", await NotesAsync(cluster, ended.Id));
    }

    [Fact]
    public async Task Experiment_OnSilosOfWhichNoneHasAll_IsRefusedByName()
    {
        Directory.Delete(Path.Combine(second.Folder, "model-1"), recursive: true);
        Directory.Delete(first.CheckpointFolder("model-0", 200), recursive: true);
        await using var cluster = await StartAsync();
        var (one, other) = (cluster.SiloOf(first.Root), cluster.SiloOf(second.Root));
        var ended = await RunAsync(cluster, one);
        Assert.Equal(HostedPhase.Failed, ended.Phase);
        Assert.Contains($"silo {one.Endpoint} lacks model-0@200", ended.Fault, StringComparison.Ordinal);
        Assert.Contains($"silo {other.Endpoint} lacks model-1", ended.Fault, StringComparison.Ordinal);
        Assert.Empty(FakeExperiment.Computed(cluster));
    }

    /// <summary>The silo that plans has the model and no room for it, and the other lacks it.</summary>
    [Theory]
    [InlineData("model-1")]
    [InlineData("model-1/step100")]
    public async Task Experiment_OfAModelThatNoSiloCanCompute_FailsItsCellsWithTheReason(string missing)
    {
        Directory.Delete(Path.Combine(second.Folder, missing), recursive: true);
        await using var cluster = await StartAsync(tooSmall: first);
        var (planner, other) = (cluster.SiloOf(first.Root), cluster.SiloOf(second.Root));
        var ended = await RunAsync(cluster, other);
        var failed = missing == "model-1" ? 6 : 2;
        Assert.Equal((HostedPhase.Completed, 12, 12 - failed, failed), (ended.Phase, ended.Progress.Total, ended.Progress.Finished, ended.Progress.Failed));
        var reasons = (await cluster.Host.FollowAsync(ended.Id, after: 0).ToListAsync()).Where(e => e.Kind == GridEventKind.Failed).Select(e => e.Message).Distinct().ToList();
        Assert.Equal(failed / 2, reasons.Count);
        Assert.Contains($"no silo has fake/model-1@100; it was planned on {planner.Endpoint}", reasons);
    }

    /// <summary>The only silo with a model dies: what is left is done, and the experiment doesn't pass for complete.</summary>
    [Fact]
    public async Task Experiment_WhoseOnlySiloWithAModelDies_FailsWithTheReason()
    {
        await using var cluster = await StartAsync(pause: TimeSpan.FromMilliseconds(500));
        var (stays, dies) = (cluster.Silos.Silos[0].SiloAddress, cluster.Silos.Silos[1]);
        var suite = cluster.SiloOf(first.Root).Equals(stays) ? first : second;
        Directory.Delete(Path.Combine(suite.Folder, "model-1"), recursive: true);
        var id = await BeginAsync(cluster, stays);
        while ((await cluster.Host.FindAsync(id))?.Progress is not { Total: 12 })
        {
            await Task.Delay(50);
        }

        await cluster.Silos.KillSiloAsync(dies);
        var ended = await cluster.EndOfAsync(id);
        Assert.Equal((HostedPhase.Failed, $"no silo has model-1 (3 checkpoints); it was planned on {dies.SiloAddress.Endpoint}"), (ended.Phase, ended.Fault));
        Assert.Equal((6, 6), (ended.Progress.Total, ended.Progress.Finished + ended.Progress.Kept));
    }

    /// <summary>A silo of another version joins, as in an upgrade that rolls on: what it hands back goes to others, it is named, and counts stay what they are.</summary>
    [Fact]
    public async Task Experiment_WithASiloOfAnotherVersion_CompletesOnTheOthers_AndNamesIt()
    {
        var version = 0;
        await using var cluster = new GridCluster(
            first.Root, silos: 2, () => new FakeAnalyzer { AlgorithmVersion = Interlocked.Increment(ref version), Pause = TimeSpan.FromMilliseconds(100) }, () => new FakeSource());
        await cluster.StartAsync();
        var silos = cluster.Silos.Silos.Select(s => s.SiloAddress).ToList();
        var planner = silos.Single(s => VersionOf(cluster, s) == 1);
        var other = silos.Single(s => VersionOf(cluster, s) == 2);
        var ended = await RunAsync(cluster, planner);
        Assert.Equal((HostedPhase.Completed, 12, 12, 0), (ended.Phase, ended.Progress.Total, ended.Progress.Finished, ended.Progress.Failed));
        Assert.Equal([12, 0], cluster.Analyzers.Cast<FakeAnalyzer>().OrderBy(a => a.AlgorithmVersion).Select(a => a.Computed.Count));
        Assert.StartsWith($"silo {other.Endpoint} plans some checkpoints otherwise than the experiment", Assert.Single(await NotesAsync(cluster, ended.Id)), StringComparison.Ordinal);
        var events = await cluster.Host.FollowAsync(ended.Id, after: 0).ToListAsync();
        Assert.InRange(events.Count(e => e.Kind == GridEventKind.Planned), 2, 3);
        Assert.All(events, e => Assert.InRange(e.Progress.Kept + e.Progress.Finished + e.Progress.Failed + e.Progress.Running, 0, e.Progress.Total));
        Assert.All(events, e => Assert.Equal(0, e.Progress.Kept));

        static int VersionOf(GridCluster cluster, SiloAddress silo) =>
            cluster.Silos.GetSiloServiceProvider(silo).GetRequiredService<IOptions<ClusterOptions>>().Value.Devices[0].Analyzer.AlgorithmVersion;
    }

    private static async Task<HostedExperiment> RunAsync(GridCluster cluster, SiloAddress silo) => await cluster.EndOfAsync(await BeginAsync(cluster, silo));

    /// <summary>Starts the experiment with its grain on a silo.</summary>
    private static async Task<string> BeginAsync(GridCluster cluster, SiloAddress silo)
    {
        var id = ExperimentTexts.IdOf(cluster.Silos.GetSiloServiceProvider(silo).GetRequiredService<IOptions<ClusterOptions>>().Value.ReadExperiment(FakeExperiment.Yaml));
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        await cluster.Grains.GetGrain<IExperimentGrain>(id).StartAsync("fake", FakeExperiment.Yaml, watch: false);
        RequestContext.Clear();
        return id;
    }

    private static async Task<List<string?>> NotesAsync(GridCluster cluster, string id) =>
        [.. (await cluster.Host.FollowAsync(id, after: 0).ToListAsync()).Where(e => e.Kind == GridEventKind.Noticed).Select(e => e.Message)];

    private static string IdOf(FakeSuite suite) => ExperimentTexts.IdOf(new ExperimentTexts(suite.Root).Parse(FakeExperiment.Yaml));

    private static string FormerIdOf(FakeSuite suite) => ExperimentTexts.FormerIdOf(new ExperimentTexts(suite.Root).Parse(FakeExperiment.Yaml));

    private static IExperimentHost HostOf(GridCluster cluster, FakeSuite suite) => cluster.HostOf(cluster.SiloOf(suite.Root));

    private async Task<GridCluster> StartAsync(TimeSpan pause = default, FakeSuite? tooSmall = null)
    {
        FakeSuite[] suites = [first, second];
        var next = 0;
        var cluster = FakeExperiment.Cluster(first, silos: 2, pause, options =>
        {
            var suite = suites[(Interlocked.Increment(ref next) - 1) % suites.Length];
            options.ReadExperiment = new ExperimentTexts(suite.Root).Parse;
            options.Devices = suite == tooSmall ? [options.Devices[0] with { Memory = 2 }] : options.Devices;
        });
        await cluster.StartAsync();
        return cluster;
    }
}
