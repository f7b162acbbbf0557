using System.Diagnostics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using Microsoft.Data.Sqlite;

namespace CircuitGrid.Experiments.Tests.Processes;

/// <summary>Real processes on one store, some of them killed.</summary>
public sealed class KillTests : IDisposable
{
    private const int Cells = 80;

    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 20);

    private string Log => Path.Combine(suite.Root, "computed.log");

    public void Dispose() => suite.Dispose();

    [Fact]
    public async Task Run_KilledAtRandomMoments_LosesOnlyTheCellInFlight()
    {
        var random = new Random(11);
        var finished = new HashSet<string>();
        var kills = 0;
        var isDone = false;
        while (!isDone)
        {
            using var process = await GridProcess.StartAsync(suite.Folder, suite.StorePath, Log, pause: 8);
            await process.StandardInput.WriteLineAsync();
            // somewhere between its first look at the store and a few cells later
            for (var lines = random.Next(7); lines > 0 && await process.StandardOutput.ReadLineAsync() is { } line; lines--)
            {
                finished.Add(line);
            }

            await Task.WhenAny(Task.Delay(random.Next(30)), process.WaitForExitAsync());
            process.Kill();
            finished.UnionWith((await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => CellId.TryParse(l, out _)));
            await process.WaitForExitAsync();
            isDone = process.ExitCode == 0;
            kills += isDone ? 0 : 1;
            await AssertStoredAsync(finished);
        }

        Assert.InRange(kills, 5, Cells);
        await AssertCompleteAsync();
        var computed = (await File.ReadAllLinesAsync(Log)).Length;
        Assert.InRange(computed, Cells, Cells + kills);
    }

    [Fact]
    public async Task Run_TwoProcessesAtOnce_ComputeEveryCellOnce()
    {
        using var a = await GridProcess.StartAsync(suite.Folder, suite.StorePath, Log, pause: 15);
        using var b = await GridProcess.StartAsync(suite.Folder, suite.StorePath, Log, pause: 15);
        await a.StandardInput.WriteLineAsync();
        await b.StandardInput.WriteLineAsync();
        var outputs = await Task.WhenAll(Finish(a), Finish(b));

        Assert.All(outputs, o => Assert.NotEmpty(o));
        Assert.Equal(Cells, outputs.Sum(o => o.Length));
        var computed = await File.ReadAllLinesAsync(Log);
        Assert.Equal(Cells, computed.Length);
        Assert.Equal(Cells, computed.Distinct().Count());
        await AssertCompleteAsync();

        static async Task<string[]> Finish(Process process)
        {
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.Equal(0, process.ExitCode);
            return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    [Fact]
    public async Task Run_OneOfTwoProcessesKilled_TheOtherTakesItsWorkOver()
    {
        using var victim = await GridProcess.StartAsync(suite.Folder, suite.StorePath, Log, pause: 20);
        using var heir = await GridProcess.StartAsync(suite.Folder, suite.StorePath, Log, pause: 20);
        await victim.StandardInput.WriteLineAsync();
        await heir.StandardInput.WriteLineAsync();
        await victim.StandardOutput.ReadLineAsync();
        victim.Kill();
        await victim.WaitForExitAsync();
        await heir.StandardOutput.ReadToEndAsync();
        await heir.WaitForExitAsync();
        Assert.Equal(0, heir.ExitCode);
        await AssertCompleteAsync();
        Assert.InRange((await File.ReadAllLinesAsync(Log)).Length, Cells, Cells + 1);
    }

    private async Task AssertStoredAsync(IEnumerable<string> finished)
    {
        using var store = SqliteCellStore.Open(suite.StorePath);
        var plan = await Grid(store).PlanAsync(suite.Experiment());
        var kept = plan.Cells.Where(c => c.Action == CellAction.Keep).Select(c => c.Id.ToString()).ToHashSet();
        Assert.Subset(kept, finished.ToHashSet());
    }

    /// <summary>The file is sound, and every result is the one an undisturbed run computes.</summary>
    private async Task AssertCompleteAsync()
    {
        using var store = SqliteCellStore.Open(suite.StorePath);
        using var calm = SqliteCellStore.Open(Path.Combine(suite.Root, "calm.db"));
        await Grid(calm).RunAsync(suite.Experiment());
        var plan = await Grid(store).PlanAsync(suite.Experiment());
        Assert.Equal(Cells, plan.Count(CellAction.Keep));
        foreach (var cell in plan.Cells)
        {
            var result = await store.ReadAsync(cell.Fingerprint!.Key);
            var expected = await calm.ReadAsync(cell.Fingerprint.Key);
            Assert.Equal(CellResultCodec.Encode(expected!), CellResultCodec.Encode(result!));
        }

        using var connection = new SqliteConnection($"Data Source={suite.StorePath};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", command.ExecuteScalar());
        command.CommandText = "SELECT count(*) FROM claims";
        Assert.Equal(0L, command.ExecuteScalar());
    }

    private static LocalGrid Grid(SqliteCellStore store) => new(store, store, new FakeAnalyzer(), new FakeSource());
}
