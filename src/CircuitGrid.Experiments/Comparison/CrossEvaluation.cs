using System.Collections.Concurrent;
using System.Collections.Immutable;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>A cell of a plan that has a result, with the checkpoint it is of.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="Cell">The cell.</param>
public sealed record PlacedCell(PlannedCheckpoint Checkpoint, PlannedCell Cell)
{
    /// <summary>Where its result is.</summary>
    public CellKey Key => Cell.Fingerprint!.Key;
}

/// <summary>Two cells of one graph, each with a circuit.</summary>
public sealed record CellPair(PlacedCell First, PlacedCell Second);

/// <summary>How the circuits of two cells do in each other's place.</summary>
/// <param name="Cross">Their faithfulness there; <see langword="null"/> where it wasn't found out.</param>
/// <param name="Why">Why not, in words without a full stop and without paths; <see langword="null"/> where it was.</param>
/// <param name="IsForNow">Another attempt may find it out.</param>
public sealed record JudgedPair(CrossFaithfulness? Cross, string? Why, bool IsForNow);

/// <summary>
/// Judges each of two circuits in the other's place: on the other cell's model, every edge outside it ablated, and on the examples that the
/// other's circuit was found on. Those are where a circuit keeps the threshold in its own place, so that not to keep it is the place's doing.
/// What has been found out is kept in the store, or for the process where the store can't be written; a checkpoint is loaded once for all that is judged on it.
/// </summary>
/// <param name="store">Where results live.</param>
/// <param name="load">Loads a checkpoint; nothing where no device has room for it now.</param>
/// <param name="unsaved">What earlier evaluations found out and couldn't keep in the store; this one adds to it.</param>
public sealed class CrossEvaluation(
    ICellStore store,
    Func<PlannedCheckpoint, CancellationToken, Task<ILoadedCheckpoint?>> load,
    ConcurrentDictionary<(CellKey Circuit, CellKey Place), double>? unsaved = null)
{
    private readonly Dictionary<(CellKey Circuit, CellKey Place), double> known = [];
    private readonly Dictionary<(CellKey Circuit, CellKey Place), (string Why, bool IsForNow)> open = [];

    /// <param name="pairs">The pairs.</param>
    /// <param name="maxWeightBytes">Bytes of weights, all checkpoints together, from which on no further one is loaded; 0 loads none.</param>
    /// <param name="progress">Receives the share of the checkpoints done, 0…1.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <returns>A judgement for every pair; the threshold is the larger of its two analyses'.</returns>
    /// <exception cref="InvalidInputException">The store can't be used.</exception>
    public async Task<ImmutableArray<JudgedPair>> JudgeAsync(
        IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress, CancellationToken cancellation)
    {
        var wanted = new List<(PlacedCell Circuit, PlacedCell Place)>();
        foreach (var (circuit, place) in pairs.SelectMany(p => new[] { (p.First, p.Second), (p.Second, p.First) }))
        {
            if (await KnownAsync(circuit.Key, place.Key, cancellation) is { } faithfulness)
            {
                known[(circuit.Key, place.Key)] = faithfulness;
            }
            else
            {
                wanted.Add((circuit, place));
            }
        }

        var why = maxWeightBytes > 0 ? "more checkpoints would have to be loaded than this report may; the next one goes on from here" : "no model was loaded for this report";
        var checkpoints = wanted.GroupBy(w => w.Place.Checkpoint.Folder, StringComparer.Ordinal).ToArray();
        foreach (var (i, judged) in checkpoints.Index())
        {
            progress?.Report((double)i / checkpoints.Length);
            if (maxWeightBytes <= 0)
            {
                Leave(judged, why, isForNow: true);
            }
            else if (await OnCheckpointAsync([.. judged], cancellation))
            {
                maxWeightBytes -= judged.First().Place.Checkpoint.Info!.WeightBytes;
            }
        }

        return [.. pairs.Select(Judgement)];
    }

    private JudgedPair Judgement(CellPair pair)
    {
        var (there, back) = ((pair.First.Key, pair.Second.Key), (pair.Second.Key, pair.First.Key));
        if (known.TryGetValue(there, out var first) && known.TryGetValue(back, out var second))
        {
            return new(new(first, second, Math.Max(pair.First.Cell.Analysis!.Threshold, pair.Second.Cell.Analysis!.Threshold)), Why: null, IsForNow: false);
        }

        var (why, isForNow) = open.TryGetValue(there, out var reason) ? reason : open[back];
        return new(Cross: null, why, isForNow);
    }

    /// <summary>Judges everything that is to be judged on one checkpoint. What fails there says so and leaves the rest alone.</summary>
    /// <returns>Whether the checkpoint was loaded.</returns>
    private async Task<bool> OnCheckpointAsync(IReadOnlyList<(PlacedCell Circuit, PlacedCell Place)> judged, CancellationToken cancellation)
    {
        var checkpoint = judged[0].Place.Checkpoint;
        ILoadedCheckpoint? loaded;
        try
        {
            loaded = await load(checkpoint, cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Leave(judged, $"{judged[0].Place.Cell.Id.Checkpoint} can't be loaded: {ReasonOf(e)}", isForNow: false);
            return false;
        }

        if (loaded is null)
        {
            Leave(judged, "no device has room for the checkpoint now", isForNow: true);
            return false;
        }

        using (loaded)
        {
            foreach (var place in judged.GroupBy(j => j.Place.Key))
            {
                await InPlaceAsync(loaded, place.First().Place, [.. place.Select(j => j.Circuit).DistinctBy(c => c.Key)], cancellation);
            }
        }

        return true;
    }

    private async Task InPlaceAsync(ILoadedCheckpoint loaded, PlacedCell place, PlacedCell[] circuits, CancellationToken cancellation)
    {
        var edges = new List<(PlacedCell Cell, BitMask Edges)>(circuits.Length);
        foreach (var circuit in circuits)
        {
            try
            {
                edges.Add((circuit, (await store.ReadAsync(circuit.Key, cancellation))?.Edges ?? throw new InvalidInputException(circuit.Cell.Id.ToString(), "has just lost its result")));
            }
            catch (InvalidInputException e)
            {
                Leave([(circuit, place)], $"{circuit.Cell.Id} can't be read: {e.Reason}", isForNow: false);
            }
        }

        if (edges.Count == 0)
        {
            return;
        }

        ImmutableArray<(Faithfulness Found, Faithfulness Judged)> values;
        try
        {
            values = await Task.Run(() => loaded.Evaluate(place.Cell.Dataset!, place.Cell.Analysis!, edges.ConvertAll(e => e.Edges), cancellation), cancellation);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Leave(edges.Select(c => (c.Cell, place)), $"circuits can't be run on {place.Cell.Id}: {ReasonOf(e)}", isForNow: false);
            return;
        }

        foreach (var ((circuit, _), (found, _)) in edges.Zip(values))
        {
            if (!double.IsFinite(found.Value))
            {
                Leave([(circuit, place)], $"{circuit.Cell.Id} has no finite faithfulness in the place of {place.Cell.Id}", isForNow: false);
                continue;
            }

            known[(circuit.Key, place.Key)] = found.Value;
            await SaveAsync(circuit.Key, place.Key, found.Value, cancellation);
        }
    }

    private async Task<double?> KnownAsync(CellKey circuit, CellKey place, CancellationToken cancellation) =>
        unsaved is not null && unsaved.TryGetValue((circuit, place), out var faithfulness) ? faithfulness : await store.ReadTransferAsync(circuit, place, cancellation);

    private async Task SaveAsync(CellKey circuit, CellKey place, double faithfulness, CancellationToken cancellation)
    {
        try
        {
            await store.SaveTransferAsync(circuit, place, faithfulness, cancellation);
        }
        catch (InvalidInputException)
        {
            // a full disk, a store that may only be read: what was asked for is known all the same
            unsaved?.TryAdd((circuit, place), faithfulness);
        }
    }

    private void Leave(IEnumerable<(PlacedCell Circuit, PlacedCell Place)> judged, string why, bool isForNow)
    {
        foreach (var (circuit, place) in judged)
        {
            open[(circuit.Key, place.Key)] = (why, isForNow);
        }
    }

    /// <summary>Other messages than those made for people may hold paths, and reports travel.</summary>
    private static string ReasonOf(Exception error) => error is InvalidInputException invalid ? invalid.Reason : error.Causes().Any(cause => cause is OutOfMemoryException) ? "not enough memory" : error.GetType().Name;
}
