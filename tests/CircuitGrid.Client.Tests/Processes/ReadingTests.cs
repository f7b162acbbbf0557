using System.Text.Json;
using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Client.Tests.Processes;

/// <summary>Reading needs only reading: a colleague's suite and store, looked at by somebody who may not write there.</summary>
public sealed class ReadingTests : IDisposable
{
    private const string First = "small/tiny@0/first";
    private const string Second = "small/tiny@1/first";

    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        Reader.Release(folder.Path);
        folder.Dispose();
    }

    [Fact]
    public async Task ReadingCommands_OfWhatMayOnlyBeRead_SayWhatTheOwnerSees()
    {
        using var reader = new Reader();
        var experiment = await RunAsync();
        string[][] commands =
        [
            ["status", experiment, "--json"],
            ["plan", experiment, "--json"],
            ["plan", experiment, "--json", "--rehash"],
            ["why", First, "--store", experiment, "--json"],
            ["diff", First, Second, "--store", experiment, "--json"],
            ["curve", First, "--store", folder["small.results.db"], "--json"],
        ];
        var expected = new List<string>();
        foreach (var command in commands)
        {
            expected.Add((await ClientRun.OfAsync(command)).Succeeded().Output);
        }

        Reader.Protect(folder.Path);
        var before = Contents();
        foreach (var (command, output) in commands.Zip(expected))
        {
            var run = await reader.RunAsync(command);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(output, run.Output);
            Assert.Equal($"The store {folder["small.results.db"]} can only be read; what is found out isn't kept.", Assert.Single(run.ErrorLines));
        }

        var page = reader.Own("page.html");
        Assert.Equal(0, (await reader.RunAsync("report", experiment, "--out", page)).ExitCode);
        Assert.Contains("circuitgrid-data", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        Assert.Equal(0, (await reader.RunAsync("export", "--store", experiment, "--out", reader.Own("tables"))).ExitCode);
        Assert.Equal(5, (await File.ReadAllLinesAsync(Path.Combine(reader.Own("tables"), "cells.csv"))).Length);
        Assert.Contains("has no head scores", (await reader.RunAsync("roles", "--store", experiment)).Error, StringComparison.Ordinal);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Status_BesideALivingWriter_SeesItsResults()
    {
        using var reader = new Reader();
        var experiment = await RunAsync();
        using var writer = SqliteCellStore.Open(folder["small.results.db"]);
        await writer.SaveDigestAsync("elsewhere:/a", "s", "d");
        Assert.True(File.Exists(folder["small.results.db-wal"]));
        Reader.Protect(folder.Path);
        Assert.Equal(4, await DoneAsync(reader, experiment));
        await writer.SaveDigestAsync("elsewhere:/a", "s", "e");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Status_AfterAKilledWriter_SeesWhatIsOnlyInItsLog(bool leavesSharedMemory)
    {
        using var reader = new Reader();
        var experiment = SmallSuite.Write(folder, checkpoints: 40, "exact");
        using (var run = ClientProcess.Start(["run", experiment, "--threads", "1"]))
        {
            await run.ReadUntilAsync("tiny@3");
            await run.SignalAsync("KILL");
            await run.WaitAsync();
        }

        Assert.True(new FileInfo(folder["small.results.db-wal"]).Length > 0);
        if (!leavesSharedMemory)
        {
            File.Delete(folder["small.results.db-shm"]);
        }

        Reader.Protect(folder.Path);
        var before = Contents();
        var done = await DoneAsync(reader, experiment);
        Assert.Equal(before, Contents());
        Reader.Release(folder.Path);
        Assert.InRange(done, 1, 79);
        Assert.Equal((await ClientRun.OfAsync("status", experiment, "--json")).Succeeded().Json.GetProperty("done").GetInt32(), done);
    }

    /// <summary>Files beside the store that only the reader may write would keep its owner out.</summary>
    [Fact]
    public async Task Status_OfAStoreInAFolderForEverybody_LeavesNothingThere()
    {
        using var reader = new Reader();
        var experiment = await RunAsync();
        Reader.Protect(folder.Path);
        Reader.Share(folder.Path);
        var before = Contents();
        Assert.Equal(4, await DoneAsync(reader, experiment));
        Assert.Equal(2, (await reader.RunAsync("run", experiment)).ExitCode);
        Assert.Equal(before, Contents());
    }

    [Theory]
    [InlineData(false, "small.results.db", "can't be opened; may you read it?")]
    [InlineData(true, "small.results.db", "can't be read: access is denied")]
    [InlineData(true, "small.results.db-wal", "can't be read: access is denied")]
    public async Task Status_OfAStoreThatMayNotBeRead_SaysSo(bool isWritten, string hidden, string reason)
    {
        using var reader = new Reader();
        var experiment = await RunAsync();
        using var writer = isWritten ? SqliteCellStore.Open(folder["small.results.db"]) : null;
        await (writer?.SaveDigestAsync("elsewhere:/a", "s", "d") ?? Task.CompletedTask);
        Reader.Protect(folder.Path);
        if (isWritten)
        {
            Reader.Hide(folder["small.results.db-shm"]);
        }

        Reader.Hide(folder[hidden]);
        var refused = await reader.RunAsync("status", experiment);
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal($"error: {folder[hidden]}: {reason}", Assert.Single(refused.ErrorLines));
    }

    [Fact]
    public async Task WritingCommands_OfWhatMayOnlyBeRead_NameTheWayOut()
    {
        using var reader = new Reader();
        var experiment = await RunAsync();
        Reader.Protect(folder.Path);
        foreach (var command in (string[][])[["run", experiment], ["watch", experiment], ["serve", "--suites", folder.Path, "--store", folder["small.results.db"], "--port", "0"]])
        {
            var refused = await reader.RunAsync(command);
            Assert.Equal(2, refused.ExitCode);
            var line = Assert.Single(refused.ErrorLines);
            Assert.StartsWith($"error: {folder["small.results.db"]}: can't be ", line, StringComparison.Ordinal);
            Assert.EndsWith("--store", line, StringComparison.Ordinal);
        }

        var elsewhere = await reader.RunAsync("run", experiment, "--store", reader.Own("own.db"), "--json");
        Assert.True(elsewhere.ExitCode == 0, elsewhere.Error);
        Assert.Equal(4, elsewhere.Json.GetProperty("finished").GetInt32());
    }

    [Fact]
    public async Task Status_OnAFullDisk_SeesAllResults()
    {
        using var disk = SmallDisk.Mount(2 << 20);
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        (await ClientRun.OfAsync("run", experiment, "--store", disk["results.db"])).Succeeded();
        disk.Fill();
        foreach (var command in (string[])["status", "plan"])
        {
            var run = await ClientProcess.RunAsync([command, experiment, "--store", disk["results.db"], "--json", "--rehash"]);
            Assert.True(run.ExitCode == 0, run.Error);
            Assert.Equal(4, run.Json.GetProperty(command == "status" ? "done" : "keep").GetInt32());
        }

        SmallSuite.WriteCheckpoint(folder, new Golden.GoldenFolder("neox_tiny25"), 2);
        var full = await ClientProcess.RunAsync(["run", experiment, "--store", disk["results.db"]]);
        Assert.NotEqual(0, full.ExitCode);
        Assert.Contains("the disk is full", full.Error, StringComparison.Ordinal);
    }

    /// <summary>A run of two checkpoints and two tasks, whose weights are no longer just written.</summary>
    private async Task<string> RunAsync()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 2, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();

        // what diff and export find out is in the store then, as far as they go
        (await ClientRun.OfAsync("diff", First, Second, "--store", experiment)).Succeeded();
        return experiment;
    }

    private static async Task<int> DoneAsync(Reader reader, string experiment)
    {
        var run = await reader.RunAsync("status", experiment, "--json");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("can only be read", run.Error, StringComparison.Ordinal);
        return run.Json.GetProperty("done").GetInt32();
    }

    /// <summary>Every file with its bytes, the memory that SQLite's readers share left out.</summary>
    private string Contents() => JsonSerializer.Serialize(
        Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(f => f + (f.EndsWith("-shm", StringComparison.Ordinal) ? "" : Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))))));
}
