using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What a look at a suite's checkpoints has shown.</summary>
/// <param name="IsNews">Some checkpoint has become whole since the last look, or one that was whole isn't any more or is gone.</param>
/// <param name="Notes">What people should know, each a line, and each said once.</param>
public sealed record WatchLook(bool IsNews, ImmutableArray<string> Notes);

/// <summary>
/// Tells when a checkpoint is whole: its files are as long as their headers say, and have been seen unchanged for a while by this process' own clock. The times
/// that the files have decide nothing. Safe for several threads.
/// </summary>
/// <param name="source">Looks at files.</param>
/// <param name="options">How long is a while.</param>
/// <param name="sightings">What has been seen already; <see langword="null"/> for nothing.</param>
public sealed class CheckpointWatcher(IExperimentSource source, LocalGridOptions options, FolderSightings? sightings = null)
{
    /// <summary>Files that aren't all there, or not as long as their headers say.</summary>
    private static readonly FolderState Partial = new("", DateTimeOffset.MinValue);

    private readonly Lock gate = new();
    private readonly FolderSightings sightings = sightings ?? new(options.Time);
    private readonly Dictionary<string, Watched> watched = new(StringComparer.Ordinal);

    /// <summary>Folders whose files were said to have a time that is still to come.</summary>
    private readonly HashSet<string> ahead = new(StringComparer.Ordinal);

    /// <summary>Some folder's files were whole at the last look, and not yet seen like that for long enough.</summary>
    public bool IsWaiting
    {
        get
        {
            lock (gate)
            {
                return watched.Values.Any(w => !w.IsSettled && (w.State != Partial || w.IsTaken));
            }
        }
    }

    /// <summary>Looks at the checkpoints of a suite.</summary>
    /// <param name="suite">The suite as it is now.</param>
    /// <param name="experiment">The experiment whose checkpoints to look at; <see langword="null"/> for all there are.</param>
    public WatchLook Look(SuiteFolder suite, ExperimentSpec? experiment = null)
    {
        lock (gate)
        {
            var notes = ImmutableArray.CreateBuilder<string>();
            var isNews = false;
            var here = new HashSet<string>(StringComparer.Ordinal);
            foreach (var model in suite.Models.Where(m => experiment?.Takes(m) ?? true))
            {
                foreach (var step in model.Steps.Where(s => experiment?.Checkpoints.Includes(s) ?? true))
                {
                    var checkpoint = model.At(step);
                    here.Add(checkpoint.Folder);
                    isNews |= LookAt(checkpoint, new CellId(suite.Name, model.Name, step, CellId.HeadsTask).Checkpoint, notes);
                }
            }

            var names = here.Select(folder => watched[folder].Name).ToHashSet(StringComparer.Ordinal);
            foreach (var (folder, gone) in watched.Where(w => !here.Contains(w.Key)).ToList())
            {
                // a revision that is another commit now is elsewhere, and not gone
                if (gone.IsTaken && !names.Contains(gone.Name))
                {
                    notes.Add($"{gone.Name} is gone: its folder was deleted; its results stay in the store");
                    isNews = true;
                }

                watched.Remove(folder);
                ahead.Remove(folder);
                sightings.Forget(folder);
            }

            return new(isNews, notes.ToImmutable());
        }
    }

    /// <summary>Whether the checkpoint in a folder was whole at the last look.</summary>
    public bool IsReady(string folder) => StateOf(folder) is not null;

    /// <summary>The files of a checkpoint that was whole at the last look; <see langword="null"/> for any other.</summary>
    public FolderState? StateOf(string folder)
    {
        lock (gate)
        {
            return watched.TryGetValue(folder, out var found) && found.IsSettled && found.State != Partial ? found.State : null;
        }
    }

    /// <summary>Looks at a folder as if for the first time: something went wrong with its files that they don't show.</summary>
    public void Forget(string folder)
    {
        lock (gate)
        {
            sightings.Forget(folder);
            if (watched.TryGetValue(folder, out var found))
            {
                watched[folder] = found with { IsSettled = false };
            }
        }
    }

    private bool LookAt(SuiteCheckpoint checkpoint, string name, ImmutableArray<string>.Builder notes)
    {
        var folder = checkpoint.Folder;
        var state = source.StateOf(checkpoint);
        var age = sightings.See(folder, state ?? Partial);
        var before = watched.GetValueOrDefault(folder);
        var now = new Watched(name, state ?? Partial, IsSettled: checkpoint.Hub is not null || age >= options.Settled, before?.IsTaken ?? false);
        var hasSettled = now.IsSettled && !(before is { IsSettled: true } && before.State == now.State);
        if (state is not null && state.LastTouched - options.Time.GetUtcNow() > options.Settled && ahead.Add(folder))
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: a file in {folder} has the time {state.LastTouched.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, and it is {options.Time.GetUtcNow().UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC on this machine; it is analysed all the same, once its files stay as they are"));
        }

        if (hasSettled && state is null && now.IsTaken)
        {
            notes.Add($"{name}: its files aren't whole any more; it is analysed once they are");
        }

        var isNews = hasSettled && (state is not null || now.IsTaken);
        watched[folder] = hasSettled ? now with { IsTaken = state is not null } : now;
        return isNews;
    }

    /// <param name="Name">What people call the checkpoint.</param>
    /// <param name="State">Its files at the last look.</param>
    /// <param name="IsSettled">They have been like that for long enough.</param>
    /// <param name="IsTaken">It was whole at some look, and nobody was told otherwise since.</param>
    private sealed record Watched(string Name, FolderState State, bool IsSettled, bool IsTaken);
}
