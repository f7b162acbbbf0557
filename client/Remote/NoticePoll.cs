using CircuitGrid.Compute;
using CircuitGrid.Web.Api;

namespace CircuitGrid.Client.Remote;

/// <summary>Looks every few seconds what hinders an experiment of a server, beside its events, which say nothing of that.</summary>
/// <param name="client">The server.</param>
/// <param name="id">The experiment.</param>
/// <param name="time">Clock of the pauses.</param>
/// <param name="say">Hears once when something hinders it, once when nothing does any more, and how far it is.</param>
internal sealed class NoticePoll(GridClient client, string id, TimeProvider time, Action<string, ExperimentResource> say)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Looks until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var isHindered = false;
        try
        {
            while (true)
            {
                if (await FindAsync(stop) is { } found && (found.Notice is not null) != isHindered)
                {
                    isHindered = !isHindered;
                    say(found.Notice ?? "storage answers again", found);
                }

                await Task.Delay(Interval, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the experiment has ended, or nobody looks any more
        }
    }

    private async Task<ExperimentResource?> FindAsync(CancellationToken stop)
    {
        try
        {
            return await client.FindAsync(id, stop);
        }
        catch (InvalidInputException)
        {
            // a lost connection, or a server that was started anew: who follows the events says so
            return null;
        }
    }
}
