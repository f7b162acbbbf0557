using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Models.Files;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace CircuitGrid.Client.Experiments;

/// <summary>A map that fills up, how far it all is, what is at work, and the time left.</summary>
internal sealed class LiveGridDisplay(CommandContext context, GridMap map) : GridDisplay
{
    private const int BarWidth = 40;
    private static readonly TimeSpan FrameInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly SortedSet<string> running = new(StringComparer.Ordinal);

    /// <summary>What stays to be read when the map is gone: failures and notes.</summary>
    private readonly List<string> lasting = [];
    private string? note;
    private string? fetching;
    private GridProgress? progress;
    private string doing = "looking at checkpoints";
    private long reportedAt;

    public override void Report(HostedEvent value)
    {
        lock (gate)
        {
            map.Apply(value.Kind, value.Cell);
            progress = value.Progress;
            reportedAt = context.Environment.Time.GetTimestamp();
            switch (value.Kind)
            {
                case GridEventKind.Loading:
                    doing = $"loading {value.Message}";
                    break;
                case GridEventKind.Started:
                    running.Add(value.Cell!.ToString());
                    break;
                case GridEventKind.Finished or GridEventKind.Found or GridEventKind.Failed:
                    running.Remove(value.Cell!.ToString());
                    break;
                case GridEventKind.Fetching:
                    fetching = $"fetching {value.Message}";
                    break;
                case GridEventKind.Fetched:
                    fetching = $"fetched {value.Message}";
                    break;
                case GridEventKind.Completed:
                    fetching = null;
                    doing = "nothing left to do";
                    break;
                case GridEventKind.Noticed:
                    note = $"note: {value.Message}";
                    lasting.Add(note);
                    break;
            }

            if (value.Kind == GridEventKind.Failed)
            {
                lasting.Add($"failed {value.Cell}: {value.Message}");
            }
        }
    }

    protected override async Task<T> ShowAsync<T>(Func<Task<T>> work)
    {
        reportedAt = context.Environment.Time.GetTimestamp();
        try
        {
            return await context.Console.Live(Frame()).StartAsync(async live =>
            {
                var task = Task.Run(work);
                using var frames = new PeriodicTimer(FrameInterval, context.Environment.Time);
                while (await Task.WhenAny(task, frames.WaitForNextTickAsync().AsTask()) != task)
                {
                    live.UpdateTarget(Frame());
                }

                lock (gate)
                {
                    // it is among what is written below
                    note = null;
                }

                live.UpdateTarget(Frame());
                return await task;
            });
        }
        finally
        {
            foreach (var line in lasting)
            {
                context.Console.WriteLine(line);
            }
        }
    }

    private Rows Frame()
    {
        var capabilities = context.Console.Profile.Capabilities;
        lock (gate)
        {
            var lines = new List<IRenderable> { GridMapView.Render(map, context.Console.Profile.Width, capabilities.Unicode), Text.Empty };
            if (progress is { } now)
            {
                lines.Add(new Markup(Bar(now, capabilities.Unicode)));
            }

            lines.Add(new Text(VisibleText.OnOneLine(running.Count == 0 ? doing : $"now {string.Join(", ", running)}")) { Overflow = Overflow.Ellipsis });
            if (fetching is not null)
            {
                lines.Add(new Text(VisibleText.OnOneLine(fetching)) { Overflow = Overflow.Ellipsis });
            }

            if (note is not null)
            {
                lines.Add(new Text(VisibleText.OnOneLine(note)) { Overflow = Overflow.Fold });
            }

            return new Rows(lines);
        }
    }

    private string Bar(GridProgress now, bool unicode)
    {
        var settled = now.Kept + now.Finished + now.Failed;
        var filled = now.Total == 0 ? BarWidth : settled * BarWidth / now.Total;
        var symbol = unicode ? '━' : '=';
        var since = context.Environment.Time.GetElapsedTime(reportedAt);
        var left = now.Left - since;
        var remaining = settled == now.Total ? ""
            : left is not { } time ? "estimating the time left"
            : time > TimeSpan.Zero ? $"about {Figures.Duration(time)} left"
            : "almost done";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"[green]{new string(symbol, filled)}[/][grey]{new string(symbol, BarWidth - filled)}[/] {settled}/{now.Total} cells  {Figures.Duration(now.Elapsed + since)}  {remaining}");
    }
}
