using System.Collections.Concurrent;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// How long the files of folders have been as they are, by this process' own clock, which nobody sets. What times the files have doesn't matter: another
/// machine's clock may have made them, or a copy kept them. Safe for several threads.
/// </summary>
/// <param name="time">The clock.</param>
public sealed class FolderSightings(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (FolderState State, long Since)> seen = new(StringComparer.Ordinal);

    /// <summary>Takes note of a folder's files as they are now.</summary>
    /// <returns>How long they have been seen like that; zero for the first time.</returns>
    public TimeSpan See(string folder, FolderState state)
    {
        var now = time.GetTimestamp();
        var (_, since) = seen.AddOrUpdate(folder, _ => (state, now), (_, before) => before.State == state ? before : (state, now));
        return since >= now ? TimeSpan.Zero : time.GetElapsedTime(since, now);
    }

    /// <summary>Forgets a folder: the next sighting is the first.</summary>
    public void Forget(string folder) => seen.TryRemove(folder, out _);
}
