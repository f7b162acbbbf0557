using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Tests.Grid;

/// <summary>When the weights of a checkpoint are read again, and when they aren't.</summary>
public sealed class CheckpointDigestTests : IDisposable
{
    private readonly FakeSuite suite = FakeSuite.Of(models: 1, checkpoints: 2);
    private readonly SqliteCellStore store;

    public CheckpointDigestTests()
    {
        store = SqliteCellStore.Open(suite.StorePath);
        Age();
    }

    public void Dispose()
    {
        store.Dispose();
        suite.Dispose();
    }

    [Fact]
    public async Task Plan_Again_ReadsNoWeights()
    {
        Assert.Equal(2, await DigestsOfAPlanAsync());
        Assert.Equal(0, await DigestsOfAPlanAsync());
        suite.Write("model-0", 100, layers: 1, seed: 5);
        Age();
        Assert.Equal(1, await DigestsOfAPlanAsync());
    }

    [Fact]
    public async Task Plan_MachinesWithCopiesOfTheirOwn_DoNotReadThemInTurn()
    {
        var here = DateTime.UtcNow.AddHours(-3);
        var there = DateTime.UtcNow.AddHours(-5);
        Assert.Equal(2, await OnAsync("here", here));
        Assert.Equal(2, await OnAsync("there", there));
        Assert.Equal(0, await OnAsync("here", here));
        Assert.Equal(0, await OnAsync("there", there));
        Assert.Equal(0, await OnAsync("here", here));

        Task<int> OnAsync(string machine, DateTime written)
        {
            Age(written);
            return DigestsOfAPlanAsync(new() { Machine = machine });
        }
    }

    [Fact]
    public async Task Plan_Rehash_ReadsEveryCheckpointOnceInThisProcessAndNotesItAnew()
    {
        await DigestsOfAPlanAsync();
        Execute("UPDATE digests SET digest = 'wrong'");
        var analyzer = new FakeAnalyzer();
        var grid = Grid(analyzer, new() { Rehash = true });
        var spec = suite.Experiment("red");
        var first = await grid.PlanAsync(spec);
        Assert.Equal(2, analyzer.Digests.Count);
        await grid.PlanAsync(spec);
        Assert.Equal(2, analyzer.Digests.Count);

        // what it found out is what others go by from now on
        var plain = new FakeAnalyzer();
        var second = await Grid(plain).PlanAsync(spec);
        Assert.Empty(plain.Digests);
        Assert.Equal(first.Cells.Select(c => c.Fingerprint), second.Cells.Select(c => c.Fingerprint));
        Assert.DoesNotContain(second.Cells, c => c.Fingerprint!.ModelDigest == "wrong");
    }

    [Fact]
    public async Task Plan_NoteOfAnOlderProgram_IsNotBelievedAndNotTouched()
    {
        var folder = suite.CheckpointFolder("model-0", 0);
        await store.SaveDigestAsync(folder, new FakeSource().StateOf(folder)!.Text, "theirs");
        var plan = await Grid().PlanAsync(suite.Experiment("red"));
        Assert.DoesNotContain(plan.Cells, c => c.Fingerprint!.ModelDigest == "theirs");
        Assert.Equal("theirs", await store.FindDigestAsync(folder, new FakeSource().StateOf(folder)!.Text));
    }

    [Fact]
    public async Task Plan_NoteThatCannotBeWritten_IsKeptForTheProcessAndFailsNoCell()
    {
        Execute("CREATE TRIGGER full BEFORE INSERT ON digests BEGIN SELECT RAISE(ABORT, 'no room'); END");
        var analyzer = new FakeAnalyzer();
        var grid = Grid(analyzer);
        var spec = suite.Experiment("red");
        var plan = await grid.PlanAsync(spec);
        Assert.Equal((2, 0), (plan.Count(CellAction.Run), plan.Count(CellAction.Skip)));
        await grid.PlanAsync(spec);
        Assert.Equal(2, analyzer.Digests.Count);

        // another file in its place is another digest, note or not
        suite.Write("model-0", 0, layers: 1, seed: 77);
        Age();
        var changed = await grid.PlanAsync(spec);
        Assert.NotEqual(plan.Cells.First().Fingerprint, changed.Cells.First().Fingerprint);
        Assert.Equal(3, analyzer.Digests.Count);
    }

    [Theory]
    [InlineData("digests")]
    [InlineData("cells")]
    [InlineData("names")]
    [InlineData("failures")]
    public async Task Plan_StoreThatCannotBeRead_EndsWithItsReason(string table)
    {
        Execute($"DROP VIEW grid; DROP TABLE {table}");
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Grid().PlanAsync(suite.Experiment("red")));
        Assert.Equal(suite.StorePath, error.Input);
        Assert.Contains($"no such table: {table}", error.Message);
    }

    [Fact]
    public async Task Plan_FileJustWritten_IsReadAgain()
    {
        Age(DateTime.UtcNow);
        Assert.Equal(2, await DigestsOfAPlanAsync());
        Assert.Equal(2, await DigestsOfAPlanAsync());
    }

    /// <summary>Of an hour that is to come, files tell nothing about their age: it is taken from how long they have been seen as they are.</summary>
    [Fact]
    public async Task Plan_FileWithATimeToCome_IsReadAgainOnlyUntilItHasBeenSeenForAWhile()
    {
        var time = new ManualTime();
        var options = new LocalGridOptions { Time = time };
        Age(time.GetUtcNow().AddYears(1).UtcDateTime);
        var analyzer = new FakeAnalyzer();
        var grid = Grid(analyzer, options);
        var spec = suite.Experiment("red");
        await grid.PlanAsync(spec);
        Assert.Equal(2, analyzer.Digests.Count);
        time.Advance(TimeSpan.FromSeconds(1));
        await grid.PlanAsync(spec);
        Assert.Equal(4, analyzer.Digests.Count);
        time.Advance(TimeSpan.FromSeconds(2));
        await grid.PlanAsync(spec);
        Assert.Equal(6, analyzer.Digests.Count);
        await grid.PlanAsync(spec);
        Assert.Equal(6, analyzer.Digests.Count);
        Assert.Equal(0, await DigestsOfAPlanAsync(options));
    }

    [Fact]
    public async Task Plan_WeightsThatAreOnlyZeros_AreReadOnceUntilTheyChange()
    {
        suite.Write("model-0", 100, layers: 1, text: FakeAnalyzer.Unwritten);
        Age();
        var analyzer = new FakeAnalyzer();
        var grid = Grid(analyzer);
        var spec = suite.Experiment("red");
        var reasons = (await grid.PlanAsync(spec)).Cells.Select(c => c.Why).ToList();
        Assert.Equal(reasons, (await grid.PlanAsync(spec)).Cells.Select(c => c.Why));
        Assert.Equal(2, analyzer.Digests.Count);
        suite.Write("model-0", 100, layers: 1, seed: 6);
        Age();
        Assert.Equal(2, (await grid.PlanAsync(spec)).Count(CellAction.Run));
        Assert.Equal(3, analyzer.Digests.Count);
    }

    private async Task<int> DigestsOfAPlanAsync(LocalGridOptions? options = null)
    {
        var analyzer = new FakeAnalyzer();
        await Grid(analyzer, options).PlanAsync(suite.Experiment("red"));
        return analyzer.Digests.Count;
    }

    private LocalGrid Grid(FakeAnalyzer? analyzer = null, LocalGridOptions? options = null) => new(store, store, analyzer ?? new FakeAnalyzer(), new FakeSource(), options);

    /// <summary>Makes files that were just written old enough for their digest to be noted, or all as old as is said.</summary>
    private void Age(DateTime? written = null)
    {
        foreach (var file in Directory.EnumerateFiles(suite.Folder, FakeSource.WeightsName, SearchOption.AllDirectories))
        {
            if (written is not null || File.GetLastWriteTimeUtc(file) > DateTime.UtcNow.AddMinutes(-30))
            {
                File.SetLastWriteTimeUtc(file, written ?? DateTime.UtcNow.AddHours(-1));
            }
        }
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={suite.StorePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this class
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
