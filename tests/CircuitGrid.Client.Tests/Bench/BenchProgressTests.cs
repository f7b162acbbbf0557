using CircuitGrid.Client.Commands.Bench;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Tests.Hosting;
using CircuitGrid.Compute.Cpu;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Models.Checkpoints;

namespace CircuitGrid.Client.Tests.Bench;

public sealed class BenchProgressTests
{
    [Fact]
    public void EveryStage_GoesFromNothingToAll_InMoreThanOneStep()
    {
        var heard = new Recorder();
        var source = new RandomTensors(BenchShape.Find("nano")!, seed: 1);
        static CpuDevice Create() => new(new CpuDeviceOptions { Threads = 1 });
        BenchRun.Run(Create, source, new(Examples: 3, Positions: 8, Steps: 2, Repetitions: 2), new ComputeSettings(1, null) { Device = DeviceRequest.Cpu }, openBlas: null, heard);
        LoadBench.Run(Create, source, [], repetitions: 2, heard, TestContext.Current.CancellationToken);
        var stages = heard.All.GroupBy(p => p.Stage, p => p.Share, StringComparer.Ordinal).ToList();
        Assert.Equal(["forward", "attribution", "evaluation", "search", "matrix products", "load"], stages.Select(s => s.Key));
        Assert.All(stages, stage =>
        {
            Assert.Equal((0.0, 1.0), (stage.First(), stage.Last()));
            Assert.Equal(stage.Order(), stage);
            Assert.True(stage.Distinct().Count() > 3, stage.Key);
        });

        // a stage that has ended isn't spoken of again
        Assert.Equal(stages.Count - 1, heard.All.Zip(heard.All.Skip(1)).Count(pair => pair.First.Stage != pair.Second.Stage));
    }

    [Fact]
    public async Task WithoutATerminal_ALongStageSaysTheTimeLeft_NowAndThen()
    {
        var clock = new Clock();
        var text = await ShowAsync(clock, progress =>
        {
            progress.Report(new("forward", 0));
            clock.Seconds = 5;
            progress.Report(new("forward", 0.5));
            clock.Seconds = 6;
            progress.Report(new("search", 0));
            clock.Seconds = 26;
            progress.Report(new("search", 0.25));
            clock.Seconds = 27;
            progress.Report(new("search", 0.26));
            clock.Seconds = 86;
            progress.Report(new("search", 0.8));
            clock.Seconds = 106;
            progress.Report(new("search", 1));
        });
        Assert.Equal(["forward …", "search …", "search: 25.0%, about 1 min 00 s left", "search: 80.0%, about 20 s left"], text.TrimEnd().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task OnATerminal_WorkIsDone_AndItsResultComesBack()
    {
        var run = await ClientRun.OfAsync(
            ["bench", "--shape", "nano", "--examples", "2", "--positions", "8", "--steps", "1", "--repetitions", "1", "--threads", "1"], width: 120, terminal: true);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("one evaluation", run.Output, StringComparison.Ordinal);
    }

    private static async Task<string> ShowAsync(TimeProvider clock, Action<IProgress<BenchProgress>> work)
    {
        using var output = new StringWriter();
        var console = ClientRun.ConsoleOn(output, 160, terminal: false);
        var environment = new ClientEnvironment { Console = console, Diagnostics = console, Output = output, Error = output, Time = clock };
        var context = new CommandContext(environment, new System.CommandLine.RootCommand { ClientApplication.JsonOption }.Parse([]), CancellationToken.None);
        await BenchDisplay.RunAsync(context, progress =>
        {
            work(progress);
            return true;
        });
        return output.ToString();
    }

    private sealed class Recorder : IProgress<BenchProgress>
    {
        public List<BenchProgress> All { get; } = [];

        public void Report(BenchProgress value) => All.Add(value);
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
