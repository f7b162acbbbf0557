using System.Collections.Immutable;
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
/// <param name="Why">Why not, in words without a full stop; <see langword="null"/> where it was.</param>
public sealed record JudgedPair(CrossFaithfulness? Cross, string? Why);

/// <summary>
/// Judges each of two circuits in the other's place: on the other cell's model, every edge outside it ablated, and on the examples that the
/// other's circuit was found on. Those are where a circuit keeps the threshold in its own place, so that not to keep it is the place's doing.
/// What has been found out is kept in the store; a checkpoint is loaded once for all that is judged on it.
/// </summary>
/// <param name="store">Where results live.</param>
/// <param name="load">Loads a checkpoint; nothing where no device has room for it now.</param>
public sealed class CrossEvaluation(ICellStore store, Func<PlannedCheckpoint, CancellationToken, Task<ILoadedCheckpoint?>> load)
{
    private readonly Dictionary<(CellKey Circuit, CellKey Place), double> known = [];
    private readonly Dictionary<string, string> faults = new(StringComparer.Ordinal);

    /// <param name="pairs">The pairs.</param>
    /// <param name="maxWeightBytes">Bytes of weights, all checkpoints together, from which on no further one is loaded; 0 loads none.</param>
    /// <param name="progress">Receives the share of the checkpoints done, 0…1.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <returns>A judgement for every pair; the threshold is the larger of its two analyses'.</returns>
    /// <exception cref="InvalidInputException">The store can't be used.</exception>
    public async Task<ImmutableArray<JudgedPair>> JudgeAsync(
        IReadOnlyList<CellPair> pairs, long maxWeightBytes, IProgress<double>? progress, CancellationToken cancellation)
    {
        var open = new List<(PlacedCell Circuit, PlacedCell Place)>();
        foreach (var (circuit, place) in pairs.SelectMany(p => new[] { (p.First, p.Second), (p.Second, p.First) }))
        {
            if (await store.ReadTransferAsync(circuit.Key, place.Key, cancellation) is { } faithfulness)
            {
                known[(circuit.Key, place.Key)] = faithfulness;
            }
            else
            {
                open.Add((circuit, place));
            }
        }

        var checkpoints = open.GroupBy(o => o.Place.Checkpoint.Folder, StringComparer.Ordinal).ToArray();
        foreach (var (i, judged) in checkpoints.Index())
        {
            progress?.Report((double)i / checkpoints.Length);
            var checkpoint = judged.First().Place.Checkpoint;
            if (maxWeightBytes <= 0)
            {
                faults[judged.Key] = "more checkpoints would have to be loaded than a report may; the next one goes on from here";
                continue;
            }

            maxWeightBytes -= checkpoint.Info!.WeightBytes;
            await OnCheckpointAsync(checkpoint, judged, cancellation);
        }

        return [.. pairs.Select(Judgement)];
    }

    private JudgedPair Judgement(CellPair pair)
    {
        var (first, second) = (pair.First, pair.Second);
        if (known.TryGetValue((first.Key, second.Key), out var there) && known.TryGetValue((second.Key, first.Key), out var back))
        {
            return new(new(there, back, Math.Max(first.Cell.Analysis!.Threshold, second.Cell.Analysis!.Threshold)), Why: null);
        }

        return new(Cross: null, faults.GetValueOrDefault(second.Checkpoint.Folder) ?? faults[first.Checkpoint.Folder]);
    }

    /// <summary>Judges everything that is to be judged on one checkpoint. What fails there says so and leaves the rest alone.</summary>
    private async Task OnCheckpointAsync(PlannedCheckpoint checkpoint, IEnumerable<(PlacedCell Circuit, PlacedCell Place)> judged, CancellationToken cancellation)
    {
        try
        {
            using var loaded = await load(checkpoint, cancellation);
            if (loaded is null)
            {
                faults[checkpoint.Folder] = "no device has room for the checkpoint now";
                return;
            }

            foreach (var place in judged.GroupBy(j => j.Place.Key))
            {
                var cell = place.First().Place.Cell;
                PlacedCell[] circuits = [.. place.Select(j => j.Circuit).DistinctBy(c => c.Key)];
                var edges = new List<BitMask>(circuits.Length);
                foreach (var circuit in circuits)
                {
                    edges.Add(await EdgesAsync(circuit, cancellation));
                }

                var values = await Task.Run(() => loaded.Evaluate(cell.Dataset!, cell.Analysis!, edges, cancellation), cancellation);
                foreach (var (circuit, (found, _)) in circuits.Zip(values))
                {
                    if (!double.IsFinite(found.Value))
                    {
                        throw new InvalidInputException(circuit.Cell.Id.ToString(), $"has no finite faithfulness in the place of {cell.Id}");
                    }

                    await store.SaveTransferAsync(circuit.Key, place.Key, found.Value, cancellation);
                    known[(circuit.Key, place.Key)] = found.Value;
                }
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            faults[checkpoint.Folder] = CellComputation.ReasonOf(e);
        }
    }

    /// <exception cref="InvalidInputException">The result is gone, or damaged.</exception>
    private async Task<BitMask> EdgesAsync(PlacedCell circuit, CancellationToken cancellation) =>
        (await store.ReadAsync(circuit.Key, cancellation))?.Edges
        ?? throw new InvalidInputException(circuit.Cell.Id.ToString(), "has just lost its result; run the experiment again");
}
