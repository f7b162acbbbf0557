using System.Globalization;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using Spectre.Console;

namespace CircuitGrid.Client.Experiments;

/// <summary>A line for every checkpoint that is done, for every cell that fails, and for what is noticed about checkpoints.</summary>
internal sealed class LineGridDisplay(IAnsiConsole console, GridMap map) : GridDisplay
{
    /// <summary>Who reads a file of lines wants to see that something moves, and not every megabyte.</summary>
    private static readonly TimeSpan FetchingInterval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<(string Model, int Step), List<string>> found = [];
    private TimeSpan fetchingSaid;

    public override void Report(HostedEvent value)
    {
        var state = map.Apply(value.Kind, value.Cell);
        switch (value.Kind)
        {
            case GridEventKind.Planned when value.Progress.Waiting > 0:
                console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{value.Progress.Waiting} of {value.Progress.Total} cells to run{Left(value.Progress)}"));
                break;
            case GridEventKind.Finished or GridEventKind.Found when value.Outcome is { } outcome:
                Lines(value.Cell!).Add(outcome.Status is null ? CellText.Of(outcome) : $"{value.Cell!.Task} {CellText.Of(outcome)}");
                break;
            case GridEventKind.Failed:
                console.WriteLine($"failed {value.Cell}: {value.Message}");
                break;
            case GridEventKind.Noticed:
                console.WriteLine($"note: {value.Message}");
                break;
            case GridEventKind.Fetched:
                console.WriteLine($"fetched {value.Message}");
                break;
            case GridEventKind.Fetching when value.Progress.Elapsed - fetchingSaid >= FetchingInterval:
                fetchingSaid = value.Progress.Elapsed;
                console.WriteLine($"fetching {value.Message}");
                break;
        }

        if (state is { IsSettled: true } && value.Cell is { } cell && found.Remove((cell.Model, cell.Step), out var texts))
        {
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{cell.Model}@{cell.Step}: {string.Join("; ", texts)} ({value.Progress.Total - value.Progress.Waiting - value.Progress.Running}/{value.Progress.Total} cells{Left(value.Progress)})"));
        }
    }

    protected override Task<T> ShowAsync<T>(Func<Task<T>> work) => work();

    private static string Left(GridProgress progress) => progress.Left is { } left && left > TimeSpan.Zero ? $", about {Figures.Duration(left)} left" : "";

    private List<string> Lines(CellId cell)
    {
        if (!found.TryGetValue((cell.Model, cell.Step), out var lines))
        {
            found.Add((cell.Model, cell.Step), lines = []);
        }

        return lines;
    }
}
