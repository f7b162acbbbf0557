using CircuitGrid.Compute;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>Looks at many checkpoints on the hub.</summary>
internal static class HubLooks
{
    /// <summary>Checkpoints that are looked at together: their answers come slowly, and others ask too.</summary>
    private const int AtATime = 8;

    /// <summary>Looks at those that are on the hub, some at a time; what is wrong with one is seen when its turn comes.</summary>
    /// <param name="hub">The hub.</param>
    /// <param name="checkpoints">The checkpoints, others among them.</param>
    /// <param name="looked">Hears how many have been looked at, and how many there are.</param>
    /// <param name="cancellation">Cancels the looking.</param>
    /// <exception cref="HubUnreachableException">The hub can't be reached.</exception>
    public static async Task LookAheadAsync(
        this IHub hub, IEnumerable<(SuiteModel Model, SuiteCheckpoint Checkpoint)> checkpoints, IProgress<(int Done, int Total)>? looked, CancellationToken cancellation)
    {
        var done = 0;
        var remote = checkpoints.Where(c => c.Checkpoint.Hub is not null).ToArray();
        await Parallel.ForEachAsync(remote, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation }, async (one, cancel) =>
        {
            try
            {
                await hub.LookAsync(one.Model, one.Checkpoint, cancel);
            }
            catch (InvalidInputException e) when (e is not HubUnreachableException)
            {
                // whoever looks at this one says it
            }

            looked?.Report((Interlocked.Increment(ref done), remote.Length));
        });
    }
}
