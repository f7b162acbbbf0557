using CircuitGrid.Compute;
using CircuitGrid.Grains.Sqlite;
using Orleans.Storage;

namespace CircuitGrid.Grains.Tests.Sqlite;

public sealed class GrainStorageTests : IDisposable
{
    private static readonly GrainId Grain = GrainId.Create("experiment", "a/b");

    private readonly ClusterFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Read_OfNothing_GivesNewState()
    {
        var state = new GrainState<List<string>> { State = ["old"], ETag = "old", RecordExists = true };
        await folder.Storage().ReadStateAsync("state", Grain, state);

        Assert.Empty(state.State);
        Assert.Null(state.ETag);
        Assert.False(state.RecordExists);
    }

    [Fact]
    public async Task Write_IsReadByAnotherProcess_AndKeptApartByNameGrainAndStorage()
    {
        var written = await WriteAsync(["one", "two"]);
        Assert.True(written.RecordExists);

        var read = await ReadAsync();
        Assert.Equal(["one", "two"], read.State);
        Assert.Equal((written.ETag, true), (read.ETag, read.RecordExists));
        var others = new GrainState<List<string>>();
        await folder.Storage().ReadStateAsync("another", Grain, others);
        Assert.False(others.RecordExists);
        await folder.Storage().ReadStateAsync("state", GrainId.Create("experiment", "a"), others);
        Assert.False(others.RecordExists);
        await folder.Storage("another").ReadStateAsync("state", Grain, others);
        Assert.False(others.RecordExists);
    }

    [Fact]
    public async Task Write_OverWhatSomebodyElseWrote_IsRefusedAndChangesNothing()
    {
        var stale = await WriteAsync(["one"]);
        var current = await ReadAsync();
        current.State = ["two"];
        await folder.Storage().WriteStateAsync("state", Grain, current);

        stale.State = ["three"];
        var refusal = await Assert.ThrowsAsync<InconsistentStateException>(() => folder.Storage().WriteStateAsync("state", Grain, stale));
        Assert.Equal((current.ETag, stale.ETag), (refusal.StoredEtag, refusal.CurrentEtag));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(["four"]));
        await Assert.ThrowsAsync<InconsistentStateException>(() => folder.Storage().ClearStateAsync("state", Grain, stale));
        Assert.Equal(["two"], (await ReadAsync()).State);
    }

    [Fact]
    public async Task Clear_TakesTheRow_AndItsETagIsNeverValidAgain()
    {
        var state = await WriteAsync(["one"]);
        var stale = new GrainState<List<string>> { State = ["stale"], ETag = state.ETag };
        await folder.Storage().ClearStateAsync("state", Grain, state);
        Assert.Equal((null, false, 0), (state.ETag, state.RecordExists, state.State!.Count));
        Assert.False((await ReadAsync()).RecordExists);
        await Assert.ThrowsAsync<InconsistentStateException>(() => folder.Storage().WriteStateAsync("state", Grain, stale));

        state.State = ["again"];
        await folder.Storage().WriteStateAsync("state", Grain, state);
        await Assert.ThrowsAsync<InconsistentStateException>(() => folder.Storage().WriteStateAsync("state", Grain, stale));
        Assert.Equal(["again"], (await ReadAsync()).State);
    }

    [Fact]
    public void Open_OfAnotherProgramsFile_IsRefused()
    {
        File.WriteAllText(folder.Path, "this is a text, and long enough to be taken for the header of a database, which it is not at all");
        var refusal = Assert.Throws<InvalidInputException>(() => ClusterFile.Open(folder.Path));
        Assert.Equal(folder.Path, refusal.Input);
    }

    /// <summary>No write that a process reported may be missing; of the killed one, the write in flight may have taken place as well.</summary>
    [Fact]
    public async Task Write_ByProcessesOneOfWhichIsKilled_LosesNoReportedWrite()
    {
        const int Each = 60;
        using var killed = CounterProcess.Start(folder.Path, int.MaxValue);
        using var first = CounterProcess.Start(folder.Path, Each);
        using var second = CounterProcess.Start(folder.Path, Each);
        var reported = 0;
        while (reported < 20 && await killed.StandardOutput.ReadLineAsync() is not null)
        {
            reported++;
        }

        killed.Kill();
        reported += (await killed.StandardOutput.ReadToEndAsync()).Count(c => c == '\n');
        await Task.WhenAll(first.StandardOutput.ReadToEndAsync(), second.StandardOutput.ReadToEndAsync());
        await Task.WhenAll(first.WaitForExitAsync(), second.WaitForExitAsync(), killed.WaitForExitAsync());
        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));

        var state = new GrainState<int>();
        await folder.Storage().ReadStateAsync("counter", CounterProcess.Grain, state);
        Assert.InRange(state.State - (2 * Each) - reported, 0, 1);
    }

    private async Task<GrainState<List<string>>> WriteAsync(List<string> value)
    {
        var state = new GrainState<List<string>> { State = value };
        await folder.Storage().WriteStateAsync("state", Grain, state);
        return state;
    }

    private async Task<GrainState<List<string>>> ReadAsync()
    {
        var state = new GrainState<List<string>>();
        await folder.Storage().ReadStateAsync("state", Grain, state);
        return state;
    }
}
