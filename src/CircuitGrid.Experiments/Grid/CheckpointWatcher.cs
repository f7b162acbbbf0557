using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>Tells when a checkpoint is whole: its files are as long as their headers say and haven't changed for a while.</summary>
/// <param name="source">Looks at files.</param>
/// <param name="options">How long is a while.</param>
public sealed class CheckpointWatcher(IExperimentSource source, LocalGridOptions options)
{
    private readonly Dictionary<string, Sighting> sightings = new(StringComparer.Ordinal);

    /// <summary>Looks at all checkpoints of a suite.</summary>
    /// <returns>Whether any has become whole since the last look.</returns>
    public bool Look(SuiteFolder suite)
    {
        var isNews = false;
        var now = options.Time.GetTimestamp();
        foreach (var folder in suite.Models.SelectMany(m => m.Checkpoints).Select(c => c.Folder))
        {
            var state = source.StateOf(folder);
            if (state is null)
            {
                sightings.Remove(folder);
            }
            else if (!sightings.TryGetValue(folder, out var seen) || seen.State != state)
            {
                sightings[folder] = new(state, now, IsReady: false);
            }
            else if (!seen.IsReady && options.Time.GetElapsedTime(seen.Since, now) >= options.Settled)
            {
                sightings[folder] = seen with { IsReady = true };
                isNews = true;
            }
        }

        return isNews;
    }

    /// <summary>Whether the checkpoint in a folder was whole at the last look.</summary>
    public bool IsReady(string folder) => sightings.TryGetValue(folder, out var seen) && seen.IsReady;

    private sealed record Sighting(FolderState State, long Since, bool IsReady);
}
