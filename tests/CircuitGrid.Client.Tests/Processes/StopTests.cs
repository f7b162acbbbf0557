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
}
