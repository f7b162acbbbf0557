using System.Collections.Immutable;
using CircuitGrid.Experiments.Cells;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// What is remembered from one plan of an experiment to the next: whose weights were which, which checkpoints are waited for, and which cells failed. What failed
/// isn't tried again before its files change. Used by one thread at a time.
/// </summary>
/// <param name="isWatching">Whether what isn't written yet is waited for; otherwise it fails.</param>
/// <param name="stateOf">The files of a checkpoint's folder that a plan is made of; <see langword="null"/> where nobody knows.</param>
/// <param name="say">Hears what people should know.</param>
public sealed class WatchHistory(bool isWatching, Func<string, FolderState?> stateOf, Action<string> say)
{
    private readonly Dictionary<(string Model, int Step), (string Digest, string? Content)> digests = [];
    private readonly Dictionary<string, FolderState?> unwritten = new(StringComparer.Ordinal);
    private readonly Dictionary<CellId, Failure> failures = [];

    /// <summary>The files that the latest plan was made of, by folder.</summary>
    private readonly Dictionary<string, FolderState?> states = new(StringComparer.Ordinal);

    /// <summary>A plan without what is waited for, and without trying again what failed.</summary>
    public GridPlan Apply(GridPlan plan) => plan with { Checkpoints = [.. plan.Checkpoints.Select(Apply).OfType<PlannedCheckpoint>()] };

    /// <summary>The same for one checkpoint; <see langword="null"/> where it is waited for.</summary>
    public PlannedCheckpoint? Apply(PlannedCheckpoint checkpoint)
    {
        var state = stateOf(checkpoint.Folder);
        states[checkpoint.Folder] = state;
        if (isWatching && checkpoint.IsUnwritten)
        {
            if (!unwritten.TryGetValue(checkpoint.Folder, out var said) || said != state)
            {
                say($"{checkpoint.Name}: {checkpoint.Cells[0].Why}; waiting until its files change");
            }

            unwritten[checkpoint.Folder] = state;
            return null;
        }

        unwritten.Remove(checkpoint.Folder);
        NoteWeights(checkpoint);
        return checkpoint with { Cells = ImmutableArray.CreateRange(checkpoint.Cells, c => HasFailed(checkpoint, c, state) ? c with { Action = CellAction.Skip, IsTold = true, Forecast = 0 } : c) };
    }

    /// <summary>Takes note that a cell failed.</summary>
    /// <returns>The files that it failed with; <see langword="null"/> where nobody knows.</returns>
    public FolderState? Failed(PlannedCheckpoint checkpoint, CellId cell)
    {
        var state = states.GetValueOrDefault(checkpoint.Folder);
        var planned = checkpoint.Cells.First(c => c.Id == cell);
        failures[cell] = new(state, KeyOf(checkpoint, planned));
        return state;
    }

    /// <summary>Forgets that a cell failed: it is tried again with the next plan.</summary>
    public void Forget(CellId cell) => failures.Remove(cell);

    private bool HasFailed(PlannedCheckpoint checkpoint, PlannedCell cell, FolderState? state) =>
        cell.Action != CellAction.Keep && failures.TryGetValue(cell.Id, out var failure) && failure == new Failure(state, KeyOf(checkpoint, cell));

    /// <summary>What a cell is tried with: its key, that of its files where it may have failed before anybody had read them; or why there is none.</summary>
    private static string KeyOf(PlannedCheckpoint checkpoint, PlannedCell cell) =>
        cell.Fingerprint is null ? cell.Why
        : (checkpoint.Content is { } content ? checkpoint.Under(KnownWeights.OfFiles(content)).Cells.First(c => c.Id == cell.Id) : cell).Fingerprint!.Key.Value;

    /// <summary>Says that a checkpoint has other weights than under the same name before.</summary>
    private void NoteWeights(PlannedCheckpoint checkpoint)
    {
        if (checkpoint.Cells.FirstOrDefault(c => c.Fingerprint is not null) is not { } cell)
        {
            return;
        }

        var name = (checkpoint.Model.Name, checkpoint.Step);
        var digest = checkpoint.Known?.Own ?? cell.Fingerprint!.ModelDigest;

        // equal files are the same weights, whether anybody has read them by now or not
        var isChanged = digests.TryGetValue(name, out var before)
            ? !string.Equals(before.Digest, digest, StringComparison.Ordinal) && (before.Content is null || !string.Equals(before.Content, checkpoint.Content, StringComparison.Ordinal))
            : checkpoint.Cells.Any(c => c.Reason == PlanReason.WeightsChanged);
        digests[name] = (digest, checkpoint.Content);
        if (isChanged && isWatching)
        {
            var again = checkpoint.Cells.Count(c => c.Action == CellAction.Run);
            say($"{checkpoint.Name}: weights changed; {(again > 0 ? "it is computed again" : "its results with these weights are there")}");
        }
    }

    private sealed record Failure(FolderState? State, string Key);
}
