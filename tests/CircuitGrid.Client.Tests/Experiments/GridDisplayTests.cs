using System.CommandLine;
using System.Text.RegularExpressions;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using Spectre.Console;

namespace CircuitGrid.Client.Tests.Experiments;

/// <summary>What people see while a grid works.</summary>
public sealed partial class GridDisplayTests
{
    private static readonly string[] Tasks = ["ioi", "sva"];

    [Fact]
    public async Task Lines_InAPipe_AreOneForEveryCheckpointAndFailure()
    {
        var text = await ShowAsync(terminal: false, width: 160);
        Assert.Equal(
            """
            4 of 4 cells to run, about 1 min 40 s left
            m@0: ioi no task yet; sva 12 edges, faithful 0.81 (2/4 cells, about 50 s left)
            failed s/m@64/sva: weights.bin: is damaged
            m@64: ioi threshold not reached (4/4 cells)
            note: s/m@128 is gone: its folder was deleted; its results stay in the store
            """,
            text.ReplaceLineEndings("\n").TrimEnd());
    }

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public async Task Map_OnATerminal_ShowsTheLastStateAndTheFailures(int width)
    {
        var lines = Escapes().Replace(await ShowAsync(terminal: true, width), "").ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(l => l.TrimEnd()).ToList();
        Assert.Equal(
            [
                "m  █×  step 0…64",
                "",
                "━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 4/4 cells  9.0 s",
                "nothing left to do",
                "failed s/m@64/sva: weights.bin: is damaged",
                "note: s/m@128 is gone: its folder was deleted; its results stay in the store",
            ],
            lines.TakeLast(6));
    }

    [Theory]
    [InlineData(80, 8, "█▄·····█")]
    [InlineData(80, 45, "█▄··········································█")]
    [InlineData(80, 90, "▆···········································▄")]
    public void Map_OfManyCheckpoints_FitsTheWidth(int width, int checkpoints, string expected)
    {
        var map = new GridMap(2);
        for (var step = 0; step < checkpoints; step++)
        {
            map.Apply(GridEventKind.Loading, Cell("small-model", step, Tasks[0]));
            for (var i = 0; i < (step == 0 || step == checkpoints - 1 ? 2 : step == 1 ? 1 : 0); i++)
            {
                map.Apply(GridEventKind.Found, Cell("small-model", step, Tasks[i]));
            }
        }

        var line = Markup.Remove(Assert.Single(GridMapView.Lines(map, width, unicode: true)));
        Assert.True(line.Length <= width);
        Assert.Equal($"small-model  {expected}  step 0…{checkpoints - 1}", line);
    }

    private static async Task<string> ShowAsync(bool terminal, int width)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        console.Profile.Width = width;
        console.Profile.Capabilities.Unicode = true;
        var environment = new ClientEnvironment { Console = console, Diagnostics = console, Output = output, Error = output, Time = new StoppedClock() };
        var root = new RootCommand { ClientApplication.JsonOption };
        var context = new CommandContext(environment, root.Parse([]), CancellationToken.None);
        await GridDisplay.RunAsync(context, new GridMap(2), display =>
        {
            foreach (var happened in Run())
            {
                display.Report(happened);
            }

            return Task.FromResult(true);
        });
        return output.ToString();
    }

    private static IEnumerable<GridEvent> Run()
    {
        GridProgress Progress(int finished, int failed, int running, double? left) =>
            new(4, 0, finished, failed, running, TimeSpan.FromSeconds(9), left is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        yield return new(GridEventKind.Planned, null, null, Progress(0, 0, 0, 100));
        yield return new(GridEventKind.Loading, null, "m@0", Progress(0, 0, 0, 100));
        yield return Event(GridEventKind.Started, "m", 0, "ioi") with { Progress = Progress(0, 0, 1, 100) };
        yield return Event(GridEventKind.Finished, "m", 0, "ioi") with { Progress = Progress(1, 0, 0, 75), Result = Result(CellStatus.NoTask) };
        yield return Event(GridEventKind.Started, "m", 0, "sva") with { Progress = Progress(1, 0, 1, 75) };
        yield return Event(GridEventKind.Finished, "m", 0, "sva") with { Progress = Progress(2, 0, 0, 50), Result = Result(CellStatus.Reached) };
        yield return Event(GridEventKind.Started, "m", 64, "ioi") with { Progress = Progress(2, 0, 1, 50) };
        yield return Event(GridEventKind.Finished, "m", 64, "ioi") with { Progress = Progress(3, 0, 0, 25), Result = Result(CellStatus.NotReached) };
        yield return Event(GridEventKind.Started, "m", 64, "sva") with { Progress = Progress(3, 0, 1, 25) };
        yield return Event(GridEventKind.Failed, "m", 64, "sva") with { Progress = Progress(3, 1, 0, 0), Message = "weights.bin: is damaged" };
        yield return new(GridEventKind.Noticed, null, "s/m@128 is gone: its folder was deleted; its results stay in the store", Progress(3, 1, 0, 0));
        yield return new(GridEventKind.Completed, null, null, Progress(3, 1, 0, 0));
    }

    private static CellId Cell(string model, int step, string task) => new("s", model, step, task);

    private static GridEvent Event(GridEventKind kind, string model, int step, string task) =>
        new(kind, Cell(model, step, task), null, new GridProgress(4, 0, 0, 0, 0, TimeSpan.Zero, null));

    private static CellResult Result(CellStatus status) => new()
    {
        Graph = new GraphShape(1, 1, Parallel: true, 8),
        Status = status,
        Metrics = [1, 1],
        AblatedMetrics = [0, 0],
        BlockCounts = [1, 1],
        BlockScores = [],
        Scores = [],
        Found = new Baseline(1, 0),
        Judged = new Baseline(1, 0),
        Sizes = status == CellStatus.NoTask ? [] : [new SizePoint(14, 12, 5, 0.9, 0.81)],
        Budget = status == CellStatus.NoTask ? 0 : 14,
        Edges = BitMask.Empty(8),
        Nodes = BitMask.Empty(4),
    };

    [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escapes();

    /// <summary>A clock at which no time passes, so that durations are those of the events.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }
}
