using System.Collections.Concurrent;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>What a watch in this process does about checkpoints that change, go, fail or aren't written yet.</summary>
public sealed class LocalWatchTests : IAsyncDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 2);
    private readonly ConcurrentQueue<GridEvent> heard = new();
    private readonly CancellationTokenSource stop = new();
    private readonly SqliteCellStore store;
    private Task watch = Task.CompletedTask;

    public LocalWatchTests() => store = SqliteCellStore.Open(suite.StorePath);

    private string[] Notes => [.. Of(GridEventKind.Noticed).Select(e => e.Message!)];

    private GridProgress Last => Of(GridEventKind.Completed).Last().Progress;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
        stop.Dispose();
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Watch_WeightsThatAreOnlyZeros_AreWaitedForAndSaidOnce()
    {
        suite.Write("model-0", 300, layers: 1, seed: 3, text: FakeAnalyzer.Unwritten);
        Watch(new FakeAnalyzer());
        await RoundsAsync(1);
        var said = Assert.Single(Notes);
        Assert.StartsWith("fake/model-0@300: ", said, StringComparison.Ordinal);
        Assert.EndsWith("every weight is zero: the file has its length, and nothing was written into it; waiting until its files change", said, StringComparison.Ordinal);
        Assert.Equal((2, 2, 0, 0), Counts());

        suite.Write("model-0", 400, layers: 1, seed: 4);
        await RoundsAsync(2);
        Assert.Single(Notes);
        Assert.Equal((3, 1, 2, 0), Counts());

        suite.Write("model-0", 300, layers: 1, seed: 3);
        await RoundsAsync(3);
        Assert.Single(Notes);
        Assert.Equal((4, 1, 3, 0), Counts());
        Assert.Equal(300, Of(GridEventKind.Finished).Last().Cell!.Step);
    }

    [Fact]
    public async Task Run_WeightsThatAreOnlyZeros_CannotBeUsed()
    {
        Watch(new FakeAnalyzer());
        suite.Write("model-1", 0, layers: 1, text: FakeAnalyzer.Unwritten);
        var plan = await Grid(new FakeAnalyzer()).PlanAsync(Spec() with { Models = ["model-1"] });
        var cell = Assert.Single(plan.Cells);
        Assert.Equal((CellAction.Skip, PlanReason.Unusable), (cell.Action, cell.Reason));
        Assert.Equal($"{Path.Combine(suite.CheckpointFolder("model-1", 0), FakeSource.WeightsName)}: {UnwrittenWeightsException.Zeros}", cell.Why);
    }

    [Fact]
    public async Task Watch_DeletedCheckpoint_LeavesTheCountsAndNotTheStore()
    {
        Watch(new FakeAnalyzer());
        await RoundsAsync(1);
        var plan = await Grid(new FakeAnalyzer()).PlanAsync(Spec());
        Directory.Delete(suite.CheckpointFolder("model-0", 100), recursive: true);
        await RoundsAsync(2);
        Assert.Equal(["fake/model-0@100 is gone: its folder was deleted; its results stay in the store"], Notes);
        Assert.Equal((1, 0, 1, 0), Counts());
        Assert.NotNull(await store.ReadAsync(plan.Cells.Single(c => c.Id.Step == 100).Fingerprint!.Key));
    }

    [Fact]
    public async Task Watch_CheckpointWithOtherWeights_IsComputedAgainAndSaid()
    {
        var analyzer = new FakeAnalyzer();
        Watch(analyzer);
        await RoundsAsync(1);
        suite.Write("model-0", 100, layers: 1, seed: 1000);
        await RoundsAsync(2);
        Assert.Equal(["fake/model-0@100: weights changed; it is computed again"], Notes);
        Assert.Equal((2, 1, 1, 0), Counts());
        Assert.Equal(3, analyzer.Computed.Count);

        // as they were: their results are there
        suite.Write("model-0", 100, layers: 1, seed: 1);
        await RoundsAsync(3);
        Assert.Equal("fake/model-0@100: weights changed; its results with these weights are there", Notes[1]);
        Assert.Equal((2, 0, 2, 0), Counts());
        Assert.Equal(3, analyzer.Computed.Count);
    }

    [Theory]
    [InlineData("unloadable", "is unloadable", 1)]
    [InlineData("fails on red", "is longer than the model's context", 1)]
    [InlineData(FakeAnalyzer.StrangeKey, "has a key 'strange_key'", 0)]
    public async Task Watch_WhatFails_IsTriedAndReportedOnceUntilItsFilesChange(string text, string reason, int loads)
    {
        suite.Write("model-0", 300, layers: 1, seed: 3, text: text);
        var folder = suite.CheckpointFolder("model-0", 300);
        var analyzer = new FakeAnalyzer();
        Watch(analyzer);
        await RoundsAsync(1);
        Assert.Equal((3, 2, 0, 1), Counts());
        for (var round = 2; round < 4; round++)
        {
            suite.Write("model-0", 1000 * round, layers: 1, seed: round);
            await RoundsAsync(round);
            Assert.Equal((round + 2, 1, round, 1), Counts());
        }

        Assert.Contains(reason, Assert.Single(Of(GridEventKind.Failed)).Message, StringComparison.Ordinal);
        Assert.Equal(loads, analyzer.Loads.Count(f => f == folder));

        // a plain run tries it again, once
        var other = new FakeAnalyzer();
        var ran = await Grid(other).RunAsync(Spec());
        Assert.Equal((4, 1), (ran.Kept, ran.Failed));
        Assert.Equal(loads, other.Loads.Count);

        // the same bytes, but written anew: something about them may have been mended
        suite.Write("model-0", 300, layers: 1, seed: 3, text: text);
        await RoundsAsync(4);
        Assert.Equal((5, 0, 4, 1), Counts());
        Assert.Equal(2, Of(GridEventKind.Failed).Count());
        suite.Write("model-0", 300, layers: 1, seed: 33);
        await RoundsAsync(5);
        Assert.Equal((5, 1, 4, 0), Counts());
    }

    [Fact]
    public async Task Watch_SuiteThatIsAwayForAWhile_IsWaitedFor()
    {
        var analyzer = new FakeAnalyzer();
        Watch(analyzer);
        await RoundsAsync(1);
        var away = suite.Folder + ".away";
        Directory.Move(suite.Folder, away);
        await UntilAsync(() => Notes.Length == 1);

        // first without the folder, then with an empty one, as a mount point is
        Directory.CreateDirectory(suite.Folder);
        await Task.Delay(200);
        Directory.Delete(suite.Folder);
        Directory.Move(away, suite.Folder);
        await UntilAsync(() => Notes.Length == 2);
        Assert.Equal([$"{suite.Folder}: doesn't exist; waiting until that is mended", $"{suite.Folder} is there again"], Notes);

        suite.Write("model-0", 200, layers: 1, seed: 9);
        await RoundsAsync(2);
        Assert.Equal((3, 1, 2, 0), Counts());
        Assert.Equal(3, analyzer.Computed.Count);
        Assert.Equal(2, Notes.Length);
    }

    [Fact]
    public async Task Watch_CellThatFailsWhileItsFilesAreAway_IsTriedAgainWhenTheyAreBack()
    {
        var away = suite.Folder + ".away";
        var moved = 0;
        Watch(new FakeAnalyzer
        {
            During = (cell, _) =>
            {
                if (cell.Contains("step100", StringComparison.Ordinal) && Interlocked.Exchange(ref moved, 1) == 0)
                {
                    Directory.Move(suite.Folder, away);
                    throw new IOException("Stale file handle");
                }
            },
        });
        await UntilAsync(() => Notes.Length > 0);
        Directory.Move(away, suite.Folder);
        await RoundsAsync(2);
        Assert.Equal((2, 1, 1, 0), Counts());
        Assert.Single(Of(GridEventKind.Failed));
    }

    [Fact]
    public async Task Watch_FolderWithoutCheckpoints_WaitsForThem()
    {
        Directory.Delete(suite.Folder, recursive: true);
        Directory.CreateDirectory(Path.Combine(suite.Folder, "model-0"));
        Watch(new FakeAnalyzer());
        await UntilAsync(() => Notes.Length == 1);
        await Task.Delay(100);
        Assert.Equal([$"{suite.Folder} has no checkpoints yet; waiting for them"], Notes);
        suite.Write("model-0", 0, layers: 1);
        await RoundsAsync(1);
        Assert.Equal((1, 1, 0, 0), Counts());
        Assert.Single(Notes);
    }

    private ExperimentSpec Spec() => suite.Experiment("red");

    private LocalGrid Grid(FakeAnalyzer analyzer) => new(store, store, analyzer, new FakeSource(), new LocalGridOptions
    {
        Workers = 1,
        WatchInterval = TimeSpan.FromMilliseconds(10),
        Settled = TimeSpan.FromMilliseconds(100),
    });

    private void Watch(FakeAnalyzer analyzer) => watch = Grid(analyzer).WatchAsync(Spec(), new Listener(heard.Enqueue), stop.Token);

    private IEnumerable<GridEvent> Of(GridEventKind kind) => heard.Where(e => e.Kind == kind);

    /// <summary>Total, finished, kept and failed at the end of the last round.</summary>
    private (int Total, int Finished, int Kept, int Failed) Counts()
    {
        var now = Last;
        Assert.Equal((0, 0), (now.Running, now.Waiting));
        return (now.Total, now.Finished, now.Kept, now.Failed);
    }

    private Task RoundsAsync(int rounds) => UntilAsync(() => Of(GridEventKind.Completed).Count() >= rounds);

    private async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!isSo())
        {
            if (watch.IsCompleted)
            {
                await watch;
            }

            await Task.Delay(10, patience.Token);
        }
    }
}
