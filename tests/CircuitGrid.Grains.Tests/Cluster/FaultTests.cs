using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Comparisons;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>What the grid survives within one process; processes that die are another program's.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    [Fact]
    public async Task Experiment_WhoseGrainsMove_LosesAndRepeatsNothing()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 12);
        await using var cluster = FakeExperiment.Cluster(suite, pause: Pause);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        var random = new Random(1);
        var moved = 0;
        while (await cluster.Host.FindAsync(started.Id) is { Phase: HostedPhase.Running })
        {
            var grains = new IAddressable[]
            {
                cluster.Grains.GetGrain<IExperimentGrain>(started.Id),
                cluster.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(started.Id, "model-0", "ioi")),
                cluster.Grains.GetGrain<ICheckpointGrain>($"fake/model-1@{100 * random.Next(12)}"),
                cluster.Grains.GetGrain<IScaleGrain>(ScaleKey.Of(started.Id, "sva")),
            };
            var grain = grains[random.Next(grains.Length)];
            if (cluster.Silos.TryGetGrainContext(grain.GetGrainId(), out var context))
            {
                var others = cluster.Silos.Silos.Select(s => s.SiloAddress).Where(s => !s.Equals(context.Address.SiloAddress)).ToList();
                await cluster.Silos.MigrateAsync(grain, others[random.Next(others.Count)]).WaitAsync(TimeSpan.FromSeconds(20));
                moved++;
            }

            await Task.Delay(30);
        }

        Assert.True(moved > 5, $"only {moved} grains moved");
        await EndsLikeOneMachine(cluster, suite, started.Id);
        Assert.Equal(48, FakeExperiment.Computed(cluster).Length);
        Assert.Equal(48, FakeExperiment.Computed(cluster).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Experiment_WhoseStateStorageFailsAndConflicts_Ends()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 8);
        var faults = new StorageFaults(seed: 7);
        await using var cluster = FakeExperiment.Cluster(suite, pause: Pause, storage: silo => silo.Services.AddKeyedSingleton<IGrainStorage>(
            ClusterStorage.Name,
            (_, _) => faults));
        await cluster.StartAsync();
        HostedExperiment? started = null;
        while (started is null)
        {
            try
            {
                started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
            }
            catch (InconsistentStateException)
            {
                // somebody else has written, it is said: ask again
            }
        }

        await EndsLikeOneMachine(cluster, suite, started.Id);
        Assert.True(faults.Injected > 0);
    }

    [Fact]
    public async Task Silo_ThatDrains_HandsOverWithNoCellComputedTwice()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 15);
        await using var cluster = FakeExperiment.Cluster(suite, pause: Pause);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await ComputedAsync(cluster, 8);
        await cluster.Silos.StopSiloAsync(cluster.Silos.Silos[2]);
        await EndsLikeOneMachine(cluster, suite, started.Id);
        var computed = FakeExperiment.Computed(cluster);
        Assert.Equal(60, computed.Length);
        Assert.Equal(60, computed.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task Silo_ThatJoins_TakesWork()
    {
        using var suite = FakeSuite.Of(models: 2, checkpoints: 20);
        await using var cluster = FakeExperiment.Cluster(suite, silos: 1, pause: Pause);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await ComputedAsync(cluster, 4);
        var joined = await cluster.Silos.StartAdditionalSiloAsync();
        await EndsLikeOneMachine(cluster, suite, started.Id);
        var analyzer = (FakeAnalyzer)cluster.Silos.GetSiloServiceProvider(joined.SiloAddress).GetRequiredService<CircuitGrid.Experiments.Grid.ICellAnalyzer>();
        Assert.NotEmpty(analyzer.Computed);
        Assert.Equal(80, FakeExperiment.Computed(cluster).Length);
    }

    [Fact]
    public async Task Experiment_ThatIsCancelled_StopsAndGoesOnWhenStartedAgain()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 30);
        await using var cluster = FakeExperiment.Cluster(suite, pause: Pause);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await ComputedAsync(cluster, 6);
        Assert.True(await cluster.Host.CancelAsync(started.Id));
        Assert.False(await cluster.Host.CancelAsync(started.Id));
        Assert.Equal(HostedPhase.Cancelled, (await cluster.Host.FindAsync(started.Id))!.Phase);
        await Task.Delay(500);
        var computed = FakeExperiment.Computed(cluster).Length;
        Assert.InRange(computed, 6, 59);

        await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await EndsLikeOneMachine(cluster, suite, started.Id);
    }

    [Fact]
    public async Task Checkpoint_ThatAppearsWhileWatched_IsAnalysedAndAddsOneRow()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 5);
        await using var cluster = FakeExperiment.Cluster(suite);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: true);
        var trajectory = cluster.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(started.Id, "model-0", "ioi"));
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 5);
        var before = await trajectory.ViewAsync();

        suite.Write("model-0", 250, layers: 1, seed: 8);
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 6);
        var after = await trajectory.ViewAsync();
        Assert.Equal([0, 100, 200, 250, 300, 400], after.Steps);
        Assert.Equal(before.Rows + 1, after.Rows);
        await UntilAsync(async () => (await cluster.Host.FindAsync(started.Id))!.Progress is { Finished: 12 });
        var now = (await cluster.Host.FindAsync(started.Id))!;
        Assert.Equal((HostedPhase.Running, 12, 0), (now.Phase, now.Progress.Total, now.Progress.Failed));
        Assert.Equal(12, FakeExperiment.Computed(cluster).Length);

        suite.Write("model-0", 500, layers: 2, seed: 78);
        await UntilAsync(async () => (await cluster.Host.FindAsync(started.Id))!.Progress is { Failed: 2 });
        suite.Write("model-0", 600, layers: 1, seed: 79);
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 7);
        var last = await trajectory.ViewAsync();
        Assert.Equal([0, 100, 200, 250, 300, 400, 600], last.Steps);
        Assert.Equal(16, (await cluster.Host.FindAsync(started.Id))!.Progress.Total);
        Assert.True(await cluster.Host.CancelAsync(started.Id));
    }

    /// <summary>Whoever asks for a watch gets one, and whoever asks for results alone takes it from nobody.</summary>
    [Fact]
    public async Task Experiment_ThatRunsUnwatched_IsWatchedOnceSomebodyAsks_AndStaysSo()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 5);
        await using var cluster = FakeExperiment.Cluster(suite, silos: 2, pause: TimeSpan.FromMilliseconds(300));
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await UntilAsync(async () => (await cluster.Host.FindAsync(started.Id))!.Progress is { Finished: > 0 });
        Assert.True((await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: true)).Watching);
        suite.Write("model-0", 500, layers: 1, seed: 9);
        await UntilAsync(async () => Done((await cluster.Host.FindAsync(started.Id))!.Progress) == 12);
        Assert.Equal(12, FakeExperiment.Computed(cluster).Length);

        var plain = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        Assert.Equal((started.Id, HostedPhase.Running, true), (plain.Id, plain.Phase, plain.Watching));
        suite.Write("model-0", 600, layers: 1, seed: 10);
        await UntilAsync(async () => Done((await cluster.Host.FindAsync(started.Id))!.Progress) == 14);
        Assert.True(await cluster.Host.CancelAsync(started.Id));
        var events = await cluster.Host.FollowAsync(started.Id, after: 0).ToListAsync();
        Assert.Contains(events, e => e.Message == "somebody watches it from now on: it goes on with new checkpoints until it is cancelled");
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => (int)e.Sequence));
        Assert.All(events, e => Assert.InRange(Done(e.Progress), 0, e.Progress.Total));

        static int Done(GridProgress progress) => progress.Kept + progress.Finished;
    }

    /// <summary>What comes later is compared as if it had been there from the beginning, and a copy is left out.</summary>
    [Fact]
    public async Task Checkpoints_ThatAppearWhileWatched_AreComparedAsOnOneMachine()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 5);
        await using var cluster = FakeExperiment.Cluster(suite);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: true);
        var trajectory = cluster.Grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(started.Id, "model-0", "ioi"));
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 5);

        suite.Write("model-0", 250, layers: 1, seed: 8);
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 6);
        suite.Write("model-0", 450, layers: 1, seed: 2);
        await UntilAsync(async () => (await trajectory.ViewAsync()).Steps.Length == 7);

        var view = await trajectory.ViewAsync();
        await FakeExperiment.RunLocallyAsync(suite);
        using var store = SqliteCellStore.Open(suite.StorePath);
        await using var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        var comparisons = await grid.CompareAsync(ExperimentSpec.Parse(FakeExperiment.Yaml, "experiment", suite.Root));
        var expected = comparisons.Read((trajectories, _) => trajectories[("model-0", "ioi")].Pairs.Select(p => (p.From, p.To, p.Edges)).ToArray());
        Assert.Equal(expected, view.Pairs.Select(p => (p.From, p.To, p.Edges)));
        Assert.Contains(view.Pairs, p => p.From == 250 || p.To == 250);
        Assert.DoesNotContain(view.Pairs, p => p.From == 450 || p.To == 450);
        Assert.True(await cluster.Host.CancelAsync(started.Id));
    }

    [Fact]
    public async Task Checkpoints_ThatChangeGoFailAndWait_AreSaidAndCounted()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 3);
        Date(suite, 100, DateTime.UtcNow.AddYears(1));
        suite.Write("model-0", 300, layers: 1, seed: 4, text: FakeAnalyzer.Unwritten);
        suite.Write("model-0", 400, layers: 1, seed: 5, text: "unloadable");
        await using var cluster = FakeExperiment.Cluster(suite, silos: 2);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: true);
        await CountsAsync(total: 8, done: 6, failed: 2);
        Assert.Equal(6, FakeExperiment.Computed(cluster).Length);
        Assert.Contains($"has the time {DateTime.UtcNow.Year + 1}-", Single("fake/model-0@100: a file in "), StringComparison.Ordinal);
        Assert.Contains("every weight is zero", Single("fake/model-0@300: "), StringComparison.Ordinal);

        // other weights: computed again, and what failed isn't tried again with the plan that is made anew
        suite.Write("model-0", 0, layers: 1, seed: 99);
        await UntilAsync(() => Task.FromResult(FakeExperiment.Computed(cluster).Length == 8));
        await CountsAsync(total: 8, done: 6, failed: 2);
        Assert.Equal("fake/model-0@0: weights changed; it is computed again", Single("fake/model-0@0: "));
        Assert.Equal(1, Loads(400));

        Directory.Delete(suite.CheckpointFolder("model-0", 200), recursive: true);
        await CountsAsync(total: 6, done: 4, failed: 2);
        Assert.StartsWith("fake/model-0@200 is gone", Single("fake/model-0@200"), StringComparison.Ordinal);

        suite.Write("model-0", 300, layers: 1, seed: 4);
        suite.Write("model-0", 400, layers: 1, seed: 5);
        await CountsAsync(total: 8, done: 8, failed: 0);
        Assert.Equal(1, Loads(400, before: "unloadable"));
        var heard = await HeardAsync();
        Assert.Equal(2, heard.Count(h => h.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Failed));
        Assert.All(heard.Select(h => h.Progress), p => Assert.All([p.Kept, p.Finished, p.Failed, p.Running, p.Waiting], n => Assert.InRange(n, 0, p.Total)));

        // the suite is away for a while: nothing is forgotten, and the watch goes on
        Directory.Move(suite.Folder, suite.Folder + ".away");
        await Task.Delay(1000);
        Directory.Move(suite.Folder + ".away", suite.Folder);
        suite.Write("model-0", 500, layers: 1, seed: 6);
        await CountsAsync(total: 10, done: 10, failed: 0);
        Assert.True(await cluster.Host.CancelAsync(started.Id));

        int Loads(int step, string? before = null) =>
            cluster.Analyzers.Cast<FakeAnalyzer>().Sum(a => a.Loads.Count(f => f == suite.CheckpointFolder("model-0", step))) - (before is null ? 0 : 1);

        string Single(string start)
        {
            var notes = HeardAsync().GetAwaiter().GetResult().Where(h => h.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Noticed);
            return Assert.Single(notes, h => h.Message!.StartsWith(start, StringComparison.Ordinal)).Message!;
        }

        async Task<List<HostedEvent>> HeardAsync()
        {
            var page = await cluster.Grains.GetGrain<IExperimentGrain>(started.Id).EventsAsync(0, 10_000);
            return [.. page.Events.Select(e => new HostedEvent(e.Sequence, e.Kind, Cell: null, e.Message, new(e.Progress.Total, e.Progress.Kept, e.Progress.Finished, e.Progress.Failed, e.Progress.Running, default, Left: null), Outcome: null))];
        }

        Task CountsAsync(int total, int done, int failed) => UntilAsync(async () =>
            (await cluster.Host.FindAsync(started.Id))!.Progress is var now && (now.Total, now.Kept + now.Finished, now.Failed) == (total, done, failed));
    }

    [Fact]
    public async Task Watch_OfAFolderWithoutCheckpoints_WaitsForThem()
    {
        using var suite = new FakeSuite();
        await using var cluster = FakeExperiment.Cluster(suite, silos: 1);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: true);
        await Task.Delay(500);
        Assert.Equal(HostedPhase.Running, (await cluster.Host.FindAsync(started.Id))!.Phase);
        suite.Write("model-0", 0, layers: 1);
        await UntilAsync(async () => (await cluster.Host.FindAsync(started.Id))!.Progress is { Finished: 2, Total: 2 });
        Assert.True(await cluster.Host.CancelAsync(started.Id));
    }

    [Fact]
    public async Task Checkpoint_ThatFitsNoSilo_WaitsForOneItFits()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 2);
        var memory = 4000L;
        await using var cluster = FakeExperiment.Cluster(suite, silos: 1, configure: o => o.Devices = [o.Devices[0] with { Memory = Interlocked.Read(ref memory) }]);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        await Task.Delay(1500);
        Assert.Empty(FakeExperiment.Computed(cluster));
        Interlocked.Exchange(ref memory, 1 << 20);
        await cluster.Silos.StartAdditionalSiloAsync();
        await EndsLikeOneMachine(cluster, suite, started.Id);
    }

    [Fact]
    public async Task Follower_OfAnExperiment_HearsOfEveryCellOnce()
    {
        using var suite = FakeSuite.Of(models: 1, checkpoints: 6);
        suite.Write("model-0", 900, layers: 1, text: "fails on sva");
        await using var cluster = FakeExperiment.Cluster(suite);
        await cluster.StartAsync();
        var started = await cluster.Host.StartAsync(FakeExperiment.Yaml, watch: false);
        var heard = new List<HostedEvent>();
        await foreach (var happened in cluster.Host.FollowAsync(started.Id, after: 0))
        {
            heard.Add(happened);
        }

        Assert.Equal(Enumerable.Range(1, heard.Count).Select(i => (long)i), heard.Select(h => h.Sequence));
        var ends = heard.Where(h => h.Kind is CircuitGrid.Experiments.Grid.GridEventKind.Finished or CircuitGrid.Experiments.Grid.GridEventKind.Failed).ToList();
        Assert.Equal(14, ends.Count);
        Assert.Equal(14, ends.Select(e => e.Cell).Distinct().Count());
        Assert.Contains("longer than the model's context", Assert.Single(ends, e => e.Kind == CircuitGrid.Experiments.Grid.GridEventKind.Failed).Message, StringComparison.Ordinal);
        Assert.Equal(CircuitGrid.Experiments.Grid.GridEventKind.Completed, heard[^1].Kind);
        Assert.Equal((14, 13, 1), (heard[^1].Progress.Total, heard[^1].Progress.Finished, heard[^1].Progress.Failed));
    }

    private static void Date(FakeSuite suite, int step, DateTime written) =>
        File.SetLastWriteTimeUtc(Path.Combine(suite.CheckpointFolder("model-0", step), FakeSource.WeightsName), written);

    private static async Task EndsLikeOneMachine(GridCluster cluster, FakeSuite suite, string id)
    {
        var ended = await cluster.EndOfAsync(id);
        Assert.Equal((HostedPhase.Completed, null), (ended.Phase, ended.Fault));
        var local = await FakeExperiment.RunLocallyAsync(suite);
        Assert.NotEmpty(local);
        Assert.Equal(local, StoredBytes.Of(cluster.StorePath));
    }

    private static Task ComputedAsync(GridCluster cluster, int cells) => UntilAsync(() => Task.FromResult(FakeExperiment.Computed(cluster).Length >= cells));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo())
        {
            await Task.Delay(50, patience.Token);
        }
    }
}
