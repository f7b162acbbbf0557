using CircuitGrid.Client.Hosting;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;

namespace CircuitGrid.Client.Experiments;

/// <summary>Shows a grid at work, here or on a server: a live map on a terminal, a line for every finished checkpoint elsewhere.</summary>
internal abstract class GridDisplay : IProgress<GridEvent>, IProgress<HostedEvent>
{
    /// <summary>Runs something on a grid and shows what happens.</summary>
    /// <param name="context">Where to show it.</param>
    /// <param name="map">The map to fill.</param>
    /// <param name="work">What to run; it reports to the display.</param>
    public static async Task<T> RunAsync<T>(CommandContext context, GridMap map, Func<GridDisplay, Task<T>> work)
    {
        var display = context.Interactive && context.Console.Profile.Capabilities.Ansi
            ? (GridDisplay)new LiveGridDisplay(context, map)
            : new LineGridDisplay(context.Console, map);
        return await display.ShowAsync(() => work(display));
    }

    /// <summary>Called by the grid, for one thing at a time and in order.</summary>
    public void Report(GridEvent value) => Report(HostedEvents.Of(0, value));

    /// <summary>Called with what a server reports, likewise.</summary>
    public abstract void Report(HostedEvent value);

    protected abstract Task<T> ShowAsync<T>(Func<Task<T>> work);
}
