using System.Diagnostics;
using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Experiments.Tests.Processes;

/// <summary>
/// A process that says when it is ready, waits for a line, runs a fake experiment on a store, prints every cell it has finished and ends with
/// 0 when all is done.
/// </summary>
internal static class GridProcess
{
    public const string Command = "run-fake-grid";

    private const string Ready = "ready";

    /// <param name="args">Command, suite folder, store file, log of computations, milliseconds a cell.</param>
    public static int Main(string[] args)
    {
        var (suite, storePath, log, pause) = (args[1], args[2], args[3], int.Parse(args[4], CultureInfo.InvariantCulture));
        using var store = SqliteCellStore.Open(storePath);
        var grid = new LocalGrid(
            store,
            store,
            new FakeAnalyzer { Log = log, Pause = TimeSpan.FromMilliseconds(pause) },
            new FakeSource(),
            new LocalGridOptions { Threads = 1, Workers = 1, ClaimInterval = TimeSpan.FromMilliseconds(20) });
        Console.Out.WriteLine(Ready);
        Console.Out.Flush();
        Console.In.ReadLine();
        var progress = grid.RunAsync(FakeSuite.Experiment(suite), new FinishedPrinter()).GetAwaiter().GetResult();
        return progress.Failed == 0 ? 0 : 1;
    }

    /// <summary>Starts a process and waits until it is ready.</summary>
    public static async Task<Process> StartAsync(string suite, string store, string log, int pause)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), "dotnet", StringComparison.Ordinal))
        {
            start.ArgumentList.Add(typeof(GridProcess).Assembly.Location);
        }

        foreach (var argument in (string[])[Command, suite, store, log, pause.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        Assert.Equal(Ready, await process.StandardOutput.ReadLineAsync());
        return process;
    }

    private sealed class FinishedPrinter : IProgress<GridEvent>
    {
        public void Report(GridEvent value)
        {
            if (value.Kind == GridEventKind.Finished)
            {
                Console.Out.WriteLine(value.Cell);
                Console.Out.Flush();
            }
        }
    }
}
