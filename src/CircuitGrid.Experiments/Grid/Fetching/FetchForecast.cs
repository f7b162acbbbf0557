using System.Globalization;

namespace CircuitGrid.Experiments.Grid.Fetching;

/// <summary>What a run of a plan would fetch from the hub.</summary>
/// <param name="Checkpoints">Number of checkpoints whose weights aren't on this machine.</param>
/// <param name="Bytes">Bytes of their weights, equal files counted once.</param>
/// <param name="Keep">Bytes of fetched weights that are kept at most; <see langword="null"/> for all.</param>
/// <param name="Shared">Number of checkpoints whose files are another's of these too.</param>
public sealed record FetchForecast(int Checkpoints, long Bytes, long? Keep, int Shared)
{
    /// <summary>The forecast of a plan; <see langword="null"/> where nothing of it is on the hub.</summary>
    public static FetchForecast? Of(GridPlan plan, IHub hub, FetchOptions options)
    {
        PlannedCheckpoint[] remote = [.. plan.Checkpoints.Where(c => c is { Hub: not null, Weights: not null })];
        if (remote.Length == 0)
        {
            return null;
        }

        PlannedCheckpoint[] missing = [.. remote.Where(c => c.HasWork && c.Missing > 0)];
        var files = missing.SelectMany(c => c.Hub!.FilesOf(c.Weights!.Value).Where(f => !hub.IsHere(c.Hub.Snapshot, f)).Select(f => (c.Hub.Snapshot.Repository, File: f))).DistinctBy(f => (f.Repository, f.File.Digest)).ToArray();
        var held = remote.SelectMany(c => c.Hub!.FilesOf(c.Weights!.Value).Where(f => hub.IsHere(c.Hub.Snapshot, f) && hub.IsFetched(c.Hub.Snapshot.Repository, f)).Select(f => (c.Hub.Snapshot.Repository, File: f))).DistinctBy(f => (f.Repository, f.File.Digest)).Sum(f => f.File.Size);
        var limit = options.Limit(hub.FreeBytes, held, remote.Max(c => c.Hub!.BytesOf(c.Weights!.Value)));
        return new(missing.Length, files.Sum(f => f.File.Size), limit == FetchOptions.KeepAll ? null : limit, missing.Length - missing.DistinctBy(c => c.Content, StringComparer.Ordinal).Count());
    }

    /// <summary>The forecast in a sentence or two.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Checkpoints == 0 ? "Nothing to fetch" : $"{ByteCount.Of(Bytes)} to fetch for {Checkpoints} {(Checkpoints == 1 ? "checkpoint" : "checkpoints")}{(Shared > 0 ? $", {Shared} of which share another's files" : "")}")}; {(Keep is { } keep ? $"at most {ByteCount.Of(keep)} of fetched weights are kept" : "all fetched weights are kept")}.");
}
