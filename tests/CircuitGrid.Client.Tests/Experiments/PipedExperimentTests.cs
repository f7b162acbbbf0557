using System.Diagnostics;
using System.Text.Json;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Client.Tests.Remote;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>An experiment that a shell puts a pipe or a device in the place of.</summary>
public sealed class PipedExperimentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PipedExperimentTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Run_OfAPipe_GivesWhatTheFileGives()
    {
        var yaml = await TextWithFullPathsAsync();
        var pipe = Pipe();
        var writing = Task.Run(() => File.WriteAllText(pipe, yaml));
        var run = (await Task.Run(() => ClientRun.OfAsync("run", pipe, "--store", folder["piped.db"], "--json"))).Json;
        await writing;
        Assert.Equal((2, 2, 0), (run.GetProperty("cells").GetInt32(), run.GetProperty("finished").GetInt32(), run.GetProperty("failed").GetInt32()));
        var status = (await ClientRun.OfAsync("status", folder["small.yaml"], "--store", folder["piped.db"], "--json")).Succeeded().Json;
        Assert.Equal(2, status.GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task Pipe_IsTakenForAnExperimentInTheCurrentFolder()
    {
        var yaml = await TextWithFullPathsAsync();
        var pipe = Pipe();
        var writing = Task.Run(() => File.WriteAllText(pipe, yaml));
        var status = await Task.Run(() => ClientRun.OfAsync(["status", pipe, "--json"], width: 160, change: e => e with { WorkingFolder = folder["elsewhere"] }));
        await writing;
        Assert.Equal(folder["elsewhere/results.db"], status.Succeeded().Json.GetProperty("store").GetString());
        Assert.Equal("report.html", ReportFiles.Beside(pipe));
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("run")]
    [InlineData("watch")]
    [InlineData("status")]
    [InlineData("report")]
    [InlineData("export", "--csv", "--out", "/nowhere", "--store")]
    [InlineData("roles", "--store")]
    public async Task Command_ThatWaitsForAPipe_CanBeStopped(params string[] command)
    {
        var pipe = Pipe();
        await StopAsync(pipe, [.. command, pipe]);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("watch")]
    [InlineData("status")]
    [InlineData("report")]
    [InlineData("cancel")]
    public async Task Command_ThatWaitsForAPipeToSend_CanBeStopped(string command)
    {
        await using var server = await ServingClient.StartAsync(folder, folder["served.db"]);
        var pipe = Pipe();
        await StopAsync(pipe, [command, pipe, "--server", server.Address]);
    }

    [Fact]
    public async Task Process_ThatWaitsForAPipe_IsEndedByATerm()
    {
        var pipe = Pipe();
        using var process = ClientProcess.Start(["plan", pipe]);
        await using var writer = await OpenAsync(pipe);
        await process.SignalAsync("TERM");
        Assert.Equal(130, (await process.WaitAsync()).ExitCode);
    }

    [Theory]
    [InlineData("/dev/null", "error: /dev/null: is empty")]
    [InlineData("/dev/zero", "error: /dev/zero: goes on after 1048576 bytes")]
    public async Task Plan_OfADevice_SaysWhyItIsNoExperiment(string path, string expected)
    {
        var run = await ClientRun.OfAsync("plan", path, "--store", folder["x.db"]);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    /// <summary>Stops a command as soon as it waits for what somebody writes to a pipe.</summary>
    private static async Task StopAsync(string pipe, string[] args)
    {
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => ClientRun.OfAsync(args, width: 160, cancellation: stop.Token));
        await using var writer = await OpenAsync(pipe);
        await stop.CancelAsync();
        Assert.Equal(130, (await running).ExitCode);
    }

    /// <summary>Opens a pipe for writing, which waits for somebody who reads it.</summary>
    private static Task<FileStream> OpenAsync(string pipe) => Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

    /// <summary>The text of an experiment as it can be read from anywhere.</summary>
    private async Task<string> TextWithFullPathsAsync()
    {
        var file = SmallSuite.Write(folder, checkpoints: 1, "eap");
        var yaml = await File.ReadAllTextAsync(file);
        foreach (var name in (string[])["suite: .", "first.jsonl", "second.jsonl"])
        {
            var path = name.Replace("suite: ", "", StringComparison.Ordinal);
            yaml = yaml.Replace(name, name.Replace(path, JsonSerializer.Serialize(Path.GetFullPath(path, folder.Path)), StringComparison.Ordinal), StringComparison.Ordinal);
        }

        return yaml;
    }

    private string Pipe()
    {
        var path = folder["pipe.yaml"];
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
        return path;
    }
}
