using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>What a look at a suite's checkpoints says about them.</summary>
public sealed class WatcherTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 2);
    private readonly ManualTime time = new();
    private readonly CheckpointWatcher watcher;

    public WatcherTests()
    {
        watcher = new(new FakeSource(), new LocalGridOptions { Time = time });
        Date(0, time.GetUtcNow().AddDays(-1));
        Date(100, time.GetUtcNow().AddDays(-1));
    }

    public void Dispose() => suite.Dispose();

    [Fact]
    public void Look_FileWithATimeToCome_IsSaidOnceAndTakenLikeAnyOther()
    {
        var folder = suite.CheckpointFolder("model-0", 100);
        Date(100, time.GetUtcNow().AddYears(5));
        Assert.Equal(
            [$"fake/model-0@100: a file in {folder} has the time 2031-01-01 00:00:00 UTC, and it is 2026-01-01 00:00:00 UTC on this machine; it is analysed all the same, once its files stay as they are"],
            LookAfter(0).Notes);
        Assert.False(watcher.IsReady(folder));
        Assert.True(watcher.IsWaiting);
        var settled = LookAfter(2);
        Assert.Equal((true, 0), (settled.IsNews, settled.Notes.Length));
        Assert.True(watcher.IsReady(folder));
        Assert.False(watcher.IsWaiting);

        // other bytes, of an hour that is to come as well: taken once they have stayed, and not said again
        suite.Write("model-0", 100, seed: 7);
        Date(100, time.GetUtcNow().AddYears(6));
        Assert.Empty(LookAfter(1).Notes);
        Assert.False(watcher.IsReady(folder));
        Assert.True(LookAfter(2).IsNews);
        Assert.True(watcher.IsReady(folder));
    }

    [Fact]
    public void Look_FileAheadByLessThanTheSettleTime_IsNoNews()
    {
        Date(100, time.GetUtcNow().AddSeconds(1.5));
        Assert.Empty(LookAfter(0).Notes);
        Assert.True(LookAfter(2).IsNews);
    }

    [Fact]
    public void Look_DeletedFolder_IsSaidOnceWhereItWasTaken()
    {
        LookAfter(0);
        LookAfter(2);
        suite.Write("model-0", 200);
        Assert.False(LookAfter(0).IsNews);

        // one that was never whole for long enough is nobody's loss
        Directory.Delete(suite.CheckpointFolder("model-0", 200), recursive: true);
        Directory.Delete(suite.CheckpointFolder("model-0", 100), recursive: true);
        var look = LookAfter(0);
        Assert.True(look.IsNews);
        Assert.Equal(["fake/model-0@100 is gone: its folder was deleted; its results stay in the store"], look.Notes);
        Assert.False(watcher.IsReady(suite.CheckpointFolder("model-0", 100)));
        Assert.True(watcher.IsReady(suite.CheckpointFolder("model-0", 0)));
        look = LookAfter(5);
        Assert.Equal((false, 0), (look.IsNews, look.Notes.Length));

        suite.Write("model-0", 100);
        Assert.False(LookAfter(0).IsNews);
        Assert.True(LookAfter(2).IsNews);
    }

    [Fact]
    public void Look_FilesThatStayIncomplete_AreSaidOnceAndTakenWhenTheyAreWhole()
    {
        LookAfter(0);
        LookAfter(2);
        var folder = suite.CheckpointFolder("model-0", 100);
        var partial = Path.Combine(folder, "partial");
        File.WriteAllText(partial, "");
        Assert.False(LookAfter(0).IsNews);
        Assert.False(watcher.IsReady(folder));
        var look = LookAfter(2);
        Assert.True(look.IsNews);
        Assert.Equal(["fake/model-0@100: its files aren't whole any more; it is analysed once they are"], look.Notes);
        Assert.False(LookAfter(2).IsNews);
        File.Delete(partial);
        Assert.False(LookAfter(0).IsNews);
        Assert.True(LookAfter(2).IsNews);
        Assert.True(watcher.IsReady(folder));
    }

    [Fact]
    public void Look_OfAnExperiment_SaysNothingOfOtherCheckpoints()
    {
        suite.Write("other", 5);
        var experiment = suite.Experiment("red") with { Models = ["model-0"] };
        watcher.Look(SuiteFolder.Open(suite.Folder), experiment);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(watcher.Look(SuiteFolder.Open(suite.Folder), experiment).IsNews);
        Assert.False(watcher.IsReady(suite.CheckpointFolder("other", 5)));
        Directory.Delete(suite.CheckpointFolder("other", 5), recursive: true);
        Assert.Empty(watcher.Look(SuiteFolder.Open(suite.Folder), experiment).Notes);
    }

    private WatchLook LookAfter(double seconds)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        return watcher.Look(SuiteFolder.Open(suite.Folder));
    }

    private void Date(int step, DateTimeOffset written) =>
        File.SetLastWriteTimeUtc(Path.Combine(suite.Folder, "model-0", string.Create(CultureInfo.InvariantCulture, $"step{step}"), FakeSource.WeightsName), written.UtcDateTime);
}
