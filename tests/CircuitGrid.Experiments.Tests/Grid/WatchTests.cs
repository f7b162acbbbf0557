using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid;

public sealed class WatchTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 2);
    private readonly ManualTime time = new();
    private readonly SqliteCellStore store;

    public WatchTests() => store = SqliteCellStore.Open(suite.StorePath);

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public void Look_NewFolder_CountsOnceItIsWholeAndSettled()
    {
        var watcher = new CheckpointWatcher(new FakeSource(), new LocalGridOptions { Time = time });
        var first = suite.CheckpointFolder("model-0", 0);
        Assert.False(LookAfter(watcher, 0));
        Assert.False(watcher.IsReady(first));
        Assert.False(LookAfter(watcher, 1.9));
        Assert.True(LookAfter(watcher, 0.1));
        Assert.True(watcher.IsReady(first));
        Assert.False(LookAfter(watcher, 5));

        // a new step whose files are still being written
        suite.Write("model-0", 300);
        var partial = Path.Combine(suite.CheckpointFolder("model-0", 300), "partial");
        File.WriteAllText(partial, "");
        Assert.False(LookAfter(watcher, 10));
        File.Delete(partial);
        Assert.False(LookAfter(watcher, 1));
        suite.Write("model-0", 300, text: "more");
        Assert.False(LookAfter(watcher, 1.5));
        Assert.False(LookAfter(watcher, 1.5));
        Assert.True(LookAfter(watcher, 0.5));
        Assert.True(watcher.IsReady(suite.CheckpointFolder("model-0", 300)));

        // an old one is overwritten
        suite.Write("model-0", 0, text: "other");
        Assert.False(LookAfter(watcher, 1));
        Assert.False(watcher.IsReady(first));
        Assert.True(LookAfter(watcher, 2));
    }

    [Fact]
    public async Task Watch_CheckpointsThatAppear_AreAnalysedAsTheyDo()
    {
        var analyzer = new FakeAnalyzer();
        var grid = new LocalGrid(store, store, analyzer, new FakeSource(), new LocalGridOptions
        {
            Time = TimeProvider.System,
            WatchInterval = TimeSpan.FromMilliseconds(10),
            Settled = TimeSpan.FromMilliseconds(50),
        });
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var rounds = new SemaphoreSlim(0);
        var listener = new Listener(e => _ = e.Kind == GridEventKind.Completed ? rounds.Release() : 0);
        // a step that is asked for and isn't there yet is waited for
        var spec = suite.Experiment("red") with { Checkpoints = CheckpointSelection.Of([0, 100, 700]) };
        var watch = grid.WatchAsync(spec, listener, stop.Token);

        await rounds.WaitAsync(stop.Token);
        Assert.Equal(2, listener.Of(GridEventKind.Finished).Count());
        var comparisons = await grid.CompareAsync(spec);
        Assert.Equal([0, 100], Steps());

        suite.Write("model-0", 700, layers: 1, seed: 70);
        await rounds.WaitAsync(stop.Token);
        Assert.Equal(3, listener.Of(GridEventKind.Finished).Count());
        Assert.Equal([0, 100, 700], Steps());
        Assert.Equal(3, analyzer.Computed.Count);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);

        int[] Steps() => comparisons.Read((trajectories, _) => trajectories[("model-0", "red")].Points.Select(p => p.Step).ToArray());
    }

    [Fact]
    public async Task Watch_NoSuite_SaysSo()
    {
        var grid = new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource());
        await Assert.ThrowsAsync<InvalidInputException>(() => grid.WatchAsync(suite.Experiment("red") with { Suite = Path.Combine(suite.Root, "nowhere") }));
    }

    private bool LookAfter(CheckpointWatcher watcher, double seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        return watcher.Look(SuiteFolder.Open(suite.Folder)).IsNews;
    }
}
