using CircuitGrid.Client.Tests.Experiments;
using CircuitGrid.Client.Tests.Hosting;

namespace CircuitGrid.Client.Tests.Processes;

/// <summary>Ctrl-C and SIGTERM leave a state that the same command goes on from.</summary>
public sealed class StopTests : IDisposable
{
    private const int Checkpoints = 40;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Run_StoppedByASignal_KeepsWhatIsFinishedAndGoesOn(string signal)
    {
        var experiment = SmallSuite.Write(folder, Checkpoints, "exact");
        ClientRun stopped;
        using (var process = ClientProcess.Start(["run", experiment, "--threads", "1"]))
        {
            await process.ReadUntilAsync("tiny@");
            await process.SignalAsync(signal);
            stopped = await process.WaitAsync();
        }

        Assert.Equal(130, stopped.ExitCode);
        Assert.Equal($"stopped: finished cells are kept in {folder["small.results.db"]}; the same command goes on from there", Assert.Single(stopped.ErrorLines));

        var status = (await ClientRun.OfAsync("status", experiment, "--json")).Succeeded().Json;
        var done = status.GetProperty("done").GetInt32();
        Assert.InRange(done, 2, (2 * Checkpoints) - 1);

        var resumed = (await ClientRun.OfAsync("run", experiment, "--json")).Json;
        Assert.Equal((done, (2 * Checkpoints) - done, 0), (resumed.GetProperty("kept").GetInt32(), resumed.GetProperty("finished").GetInt32(), resumed.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task Watch_OfNewCheckpoints_AnalysesThemAndEndsOnASignal()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        using var process = ClientProcess.Start(["watch", experiment]);
        await process.ReadUntilAsync("tiny@0: ");
        SmallSuite.WriteCheckpoint(folder, new Golden.GoldenFolder("neox_tiny25"), 7);
        await process.ReadUntilAsync("tiny@7: ");
        await process.SignalAsync("INT");
        var run = await process.WaitAsync();
        Assert.Equal(130, run.ExitCode);
        Assert.Contains("stopped: results are kept in ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>A training that is yet to save its first checkpoint, whose folder is then away for a while.</summary>
    [Fact]
    public async Task Watch_SuiteWithoutCheckpointsThatGoesAwayAndComesBack_GoesOn()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 0, "eap");
        var model = new Golden.GoldenFolder("neox_tiny25");
        using var process = ClientProcess.Start(["watch", experiment]);
        await process.ReadUntilAsync($"note: {folder.Path} has no checkpoints yet; waiting for them");
        SmallSuite.WriteCheckpoint(folder, model, 0);
        await process.ReadUntilAsync("tiny@0: ");
        Directory.Move(folder[SmallSuite.Model], folder["away"]);
        await process.ReadUntilAsync($"note: {folder.Path} has no checkpoints any more; waiting for them");
        Directory.Move(folder["away"], folder[SmallSuite.Model]);
        await process.ReadUntilAsync($"note: {folder.Path} is there again");
        SmallSuite.WriteCheckpoint(folder, model, 7);
        await process.ReadUntilAsync("tiny@7: ");
        await process.SignalAsync("INT");
        Assert.Equal(130, (await process.WaitAsync()).ExitCode);
    }

    /// <summary>Every file that a command waits for, given a pipe at whose other end nobody is.</summary>
    [Theory]
    [InlineData("attribute", "--model", "MODEL", "--pairs", "PIPE", "--metric", "logit-diff", "--out", "g.json")]
    [InlineData("attribute", "--model", "MODEL", "--pairs", "first.jsonl", "--metric", "logit-diff", "--out", "PIPE")]
    [InlineData("evaluate", "--model", "MODEL", "--graph", "PIPE", "--pairs", "first.jsonl", "--metric", "logit-diff")]
    [InlineData("circuit", "--graph", "PIPE", "--edges", "3", "--out", "c.json")]
    [InlineData("status", "PIPE")]
    [InlineData("status", "small.yaml", "--server", "http://127.0.0.1:9", "--token-file", "PIPE")]
    [InlineData("serve", "--suites", ".", "--port", "0", "--token-file", "PIPE")]
    [InlineData("serve", "--suites", ".", "--port", "0", "--certificate", "PIPE")]
    public async Task Command_WaitingForAPipe_EndsOnASignal(params string[] args)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        SmallSuite.Write(folder, checkpoints: 1, "eap");
        using (var made = System.Diagnostics.Process.Start("mkfifo", [folder["pipe"]]))
        {
            await made.WaitForExitAsync();
        }

        var model = new Golden.GoldenFolder("neox_tiny25").Model;
        string[] line = [.. args.Select(a => a switch { "MODEL" => model, "PIPE" => folder["pipe"], "." => folder.Path, _ when a.Contains(".json", StringComparison.Ordinal) || a.EndsWith(".yaml", StringComparison.Ordinal) => folder[a], _ => a })];
        // the runtime waits at a pipe of its own for a debugger, unless it is told not to
        using var process = ClientProcess.Start(line, ("DOTNET_EnableDiagnostics", "0"));

        // where the kernel holds up whoever opens a pipe
        await process.WaitUntilHeldUpAsync("wait_for_partner");
        await process.SignalAsync("TERM");
        Assert.Equal(130, (await process.WaitAsync()).ExitCode);
    }

    [Fact]
    public async Task Command_WaitingForALockedStore_EndsOnASignal()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        (await ClientRun.OfAsync("run", experiment)).Succeeded();
        SmallSuite.WriteCheckpoint(folder, new Golden.GoldenFolder("neox_tiny25"), 7);
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder["small.results.db"]};Pooling=False");
        other.Open();
        using var transaction = other.BeginTransaction(deferred: false);
        using var process = ClientProcess.Start(["run", experiment]);
        await process.ReadUntilAsync("to run");
        await Task.Delay(500);
        await process.SignalAsync("TERM");

        // SQLite's own patience with a lock is half a minute, after which a run ends by itself
        Assert.Equal(130, await process.WaitForExitCodeAsync(TimeSpan.FromSeconds(25)));
    }

    [Fact]
    public async Task Command_OfAServerThatNeverAnswers_EndsOnASignal()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 1, "eap");
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var process = ClientProcess.Start(["status", experiment, "--server", $"http://{silent.LocalEndpoint}"]);
        using var connection = await silent.AcceptTcpClientAsync();
        await process.SignalAsync("INT");
        Assert.Equal(130, (await process.WaitAsync()).ExitCode);
    }

    /// <summary>What a command writes doesn't fit into the pipe, and nobody reads it.</summary>
    [Fact]
    public async Task Command_WhoseOutputNobodyReads_EndsOnASignal()
    {
        var experiment = SmallSuite.Write(folder, checkpoints: 400, "eap");
        using var process = ClientProcess.Start(["plan", experiment, "--cells", "--json"]);
        await process.WaitUntilHeldUpAsync("pipe_write");
        await process.SignalAsync("TERM");
        Assert.Equal(130, await process.WaitForExitCodeAsync());
    }
}
