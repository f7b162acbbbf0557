using CircuitGrid.Experiments.Cells;
using CircuitGrid.Grains.Comparisons;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Experiments;

/// <summary>
/// Tells the comparisons what arrives, one call at a time for each, and what comes meanwhile with the next. Nobody waits for it: a comparison
/// may be asking the experiment just then, and an experiment's grain that is to move waits for the calls it has taken on, not for these.
/// Belongs to one activation and its turns.
/// </summary>
/// <param name="grains">The cluster's grains.</param>
/// <param name="experiment">The experiment.</param>
/// <param name="done">Called when nothing is left to tell.</param>
/// <param name="logger">The log.</param>
internal sealed partial class Announcer(IGrainFactory grains, string experiment, Action done, ILogger logger)
{
    private readonly Dictionary<(string Model, string Task), List<CellArrival>> waiting = [];
    private readonly HashSet<(string Model, string Task)> busy = [];
    private readonly ILogger logger = logger;

    /// <summary>Every comparison has heard of everything.</summary>
    public bool IsIdle => waiting.Count == 0 && busy.Count == 0;

    /// <summary>Tells the comparisons of results; head scores have none.</summary>
    public void Tell(IEnumerable<(string Model, string Task, CellArrival Arrival)> arrived)
    {
        foreach (var (model, task, arrival) in arrived.Where(a => a.Task != CellId.HeadsTask))
        {
            if (!waiting.TryGetValue((model, task), out var arrivals))
            {
                waiting.Add((model, task), arrivals = []);
            }

            arrivals.Add(arrival);
        }

        TellAgain();
    }

    /// <summary>Tells comparisons that couldn't be told before.</summary>
    public void TellAgain()
    {
        foreach (var pair in waiting.Keys.Where(busy.Add).ToList())
        {
            _ = SendAsync(pair);
        }
    }

    private async Task SendAsync((string Model, string Task) pair)
    {
        var trajectory = grains.GetGrain<ITrajectoryGrain>(TrajectoryKey.Of(experiment, pair.Model, pair.Task));
        while (waiting.Remove(pair, out var arrivals))
        {
            try
            {
                await trajectory.AnnounceAsync([.. arrivals]);
            }
            catch (Exception e)
            {
                LogLate(experiment, pair.Model, pair.Task, e.Message);
                waiting[pair] = waiting.TryGetValue(pair, out var later) ? [.. arrivals, .. later] : arrivals;
                break;
            }
        }

        busy.Remove(pair);
        if (IsIdle)
        {
            done();
        }
    }

    [LoggerMessage(25, LogLevel.Warning, "The comparison of {Model} on {Task} in experiment {Id} didn't hear of its results and is told again: {Reason}")]
    private partial void LogLate(string id, string model, string task, string reason);
}
