using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Storage;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// One run of a plan: checkpoint by checkpoint, the next one's weights loaded behind the current one's compute as far as the memory
/// budget goes. What other processes on the same store have claimed is left to them, and looked at again at the end.
/// </summary>
internal sealed partial class GridRun(
    GridPlan plan,
    ICellStore store,
    ICellClaims claims,
    ICellAnalyzer analyzer,
    LocalGridOptions options,
    RunProgress progress,
    FetchAhead fetching,
    GridReader reader,
    Action<PlannedCheckpoint, PlannedCell, CellResult> arrived)
{
    /// <summary>How often weights are fetched that other runs remove again and again before they are loaded.</summary>
    private const int MostAttempts = 5;

    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(1);

    private readonly ClaimOwner owner = ClaimOwner.Create();

    /// <summary>One half of the memory is for weights, those loaded ahead included; the workers share the other.</summary>
    private readonly MemoryGate weightMemory = new(MemoryOf(plan, analyzer, options) / 2);

    private readonly long workingMemory = Math.Max(1, MemoryOf(plan, analyzer, options) / 2 / plan.Workers);

    /// <summary>Cells that still have to run.</summary>
    private readonly ConcurrentDictionary<CellId, PlannedCell> open = new(
        plan.Cells.Where(c => c.Action == CellAction.Run).Select(c => KeyValuePair.Create(c.Id, c)));

    /// <summary>Of cells that are one under several names, one is computed at a time, and the others find its result.</summary>
    private readonly ConcurrentDictionary<CellKey, SemaphoreSlim> turns = new();

    /// <summary>The plan's checkpoints, under the keys of their weights as soon as these are known.</summary>
    private readonly PlannedCheckpoint[] checkpoints = [.. plan.Checkpoints];

    /// <summary>Where the last search of a model and task ended: the next checkpoint's ends near it.</summary>
    private readonly ConcurrentDictionary<(string Model, string Task), int> budgets = new();

    /// <summary>A device of its own memory is asked only where there is something to compute: it needn't be there to look at results.</summary>
    private static long MemoryOf(GridPlan plan, ICellAnalyzer analyzer, LocalGridOptions options) =>
        plan.Experiment.Memory ?? (plan.Cells.Any(c => c.Action == CellAction.Run) ? analyzer.Memory : null) ?? options.Memory;

    public async Task ExecuteAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var renewal = RenewAsync(stop.Token);
        var transfers = fetching.RunAsync(plan, IsOpen, stop.Token);
        try
        {
            foreach (var cell in plan.Cells.Where(c => c is { Action: CellAction.Skip, IsTold: false }))
            {
                progress.Failed(cell, cell.Why, wasRunning: false);
            }

            while (!open.IsEmpty)
            {
                var before = open.Count;
                await PassAsync(stop);
                await FindOthersAsync(stop.Token);
                if (open.Count == before)
                {
                    await Task.Delay(options.ClaimInterval, options.Time, stop.Token);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await renewal;
            await transfers;
            await ReleaseAsync();
        }
    }

    /// <summary>Goes once over all checkpoints with open cells: a loader ahead, workers behind it.</summary>
    private async Task PassAsync(CancellationTokenSource stop)
    {
        var ready = Channel.CreateBounded<Loaded>(1);
        var tasks = Enumerable.Range(0, plan.Workers)
            .Select(_ => WorkAsync(ready.Reader, stop.Token))
            .Append(LoadAllAsync(ready.Writer, stop.Token))
            .Select(StopOthers)
            .ToList();
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException) when (tasks.Find(t => t.IsFaulted) is { } faulted)
        {
            // the others were only cancelled because of this one
            await faulted;
        }
        finally
        {
            while (ready.Reader.TryRead(out var loaded))
            {
                loaded.Dispose();
            }
        }

        async Task StopOthers(Task task)
        {
            try
            {
                await task;
            }
            catch
            {
                await stop.CancelAsync();
                throw;
            }
        }
    }

    private async Task LoadAllAsync(ChannelWriter<Loaded> ready, CancellationToken cancellation)
    {
        try
        {
            for (var i = 0; i < checkpoints.Length; i++)
            {
                var checkpoint = checkpoints[i];
                var cells = checkpoint.Cells.Where(c => open.ContainsKey(c.Id)).ToArray();
                if (cells.Length == 0)
                {
                    continue;
                }

                // memory first: what is claimed should soon be computed; head scores load the weights once more
                var copies = Array.Exists(cells, c => c.Heads is not null) ? 2 : 1;
                var reservation = await weightMemory.ReserveAsync(copies * checkpoint.Info!.WeightBytes, cancellation);
                var claimed = await claims.ClaimAsync(owner, [.. cells.Select(c => c.Fingerprint!.Key)], cancellation);

                // what takes the circuit of a cell that others compute waits for it until a later pass
                var mine = cells.Where(c => claimed.Contains(c.Fingerprint!.Key) && (c.Circuit is null || !open.ContainsKey(c.Circuit.Id) || claimed.Contains(c.Circuit.Key))).ToArray();
                if (mine.Length == 0)
                {
                    reservation.Dispose();
                    continue;
                }

                if (await LoadAsync(i, mine, reservation, cancellation) is not { } loaded)
                {
                    continue;
                }

                try
                {
                    await ready.WriteAsync(loaded, cancellation);
                }
                catch
                {
                    loaded.Dispose();
                    throw;
                }
            }
        }
        finally
        {
            ready.Complete();
        }
    }

    /// <param name="index">Which checkpoint.</param>
    /// <param name="cells">What is to be computed of it.</param>
    /// <param name="reservation">Memory for its weights; this method's, or the result's, to give back.</param>
    /// <param name="cancellation">Cancels the load.</param>
    /// <returns><see langword="null"/> where there is nothing to compute: the checkpoint can't be loaded, or the results were found.</returns>
    private async Task<Loaded?> LoadAsync(int index, PlannedCell[] cells, IDisposable reservation, CancellationToken cancellation)
    {
        progress.Report(GridEventKind.Loading, cells[0].Id.Checkpoint);
        IDisposable? use = null;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                use = await fetching.UseAsync(checkpoints[index], cancellation);
                try
                {
                    return await Begin();
                }
                catch (InvalidInputException) when (attempt < MostAttempts && fetching.IsGone(checkpoints[index]))
                {
                    // another run on this machine has removed them meanwhile
                    use.Dispose();
                    use = null;
                }
            }
        }
        catch (Exception e)
        {
            reservation.Dispose();
            use?.Dispose();

            // what can't be reached or has no room now can be another time: the run ends, and goes on from there
            if (IsCancellation(e, cancellation) || e is HubUnreachableException or DiskFullException)
            {
                throw;
            }

            foreach (var cell in cells)
            {
                await FailAsync(checkpoints[index], cell, e, wasRunning: false, cancellation);
            }

            return null;
        }

        async Task<Loaded?> Begin()
        {
            cells = await KnowAsync(index, cells, cancellation);
            if (cells.Length == 0)
            {
                reservation.Dispose();
                use!.Dispose();
                return null;
            }

            try
            {
                return await Load();
            }
            catch (DeviceMemoryException)
            {
                // the device had less than it said, or others took of it: once more, when nothing of this run is there beside it
                reservation.Dispose();
                reservation = await weightMemory.ReserveAllAsync(cancellation);
                return await Load();
            }
        }

        async Task<Loaded> Load()
        {
            var checkpoint = checkpoints[index];
            await reader.LookAsync(checkpoint, cancellation);
            var watch = Stopwatch.StartNew();
            var weights = await Task.Run(
                () => analyzer.Load(checkpoint.Files, checkpoint.Model.Ignored, plan.Threads / plan.Workers, workingMemory, cancellation),
                cancellation);
            return new(checkpoint, cells, weights, watch.Elapsed, reservation, use!);
        }
    }

    private async Task WorkAsync(ChannelReader<Loaded> ready, CancellationToken cancellation)
    {
        await foreach (var loaded in ready.ReadAllAsync(cancellation))
        {
            using (loaded)
            {
                foreach (var cell in loaded.Cells)
                {
                    cancellation.ThrowIfCancellationRequested();
                    await ComputeAsync(loaded, cell, cancellation);
                }
            }
        }
    }

    private async Task ComputeAsync(Loaded loaded, PlannedCell cell, CancellationToken cancellation)
    {
        var turn = turns.GetOrAdd(cell.Fingerprint!.Key, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellation);
        try
        {
            await ComputeOneAsync(loaded, cell, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task ComputeOneAsync(Loaded loaded, PlannedCell cell, CancellationToken cancellation)
    {
        var fingerprint = cell.Fingerprint!;
        if ((await store.FindAsync([fingerprint.Key], cancellation)).Count > 0)
        {
            await FoundAsync(loaded.Checkpoint, cell, cancellation);
            return;
        }

        progress.Started(cell.Id);
        int? expected = budgets.TryGetValue((cell.Id.Model, cell.Id.Task), out var budget) ? budget : null;
        var computation = new CellComputation(analyzer, store, options) { Threads = plan.Threads / plan.Workers, LoadTime = loaded.Time };
        CellOutcome outcome;
        Provenance provenance;
        try
        {
            (outcome, provenance) = await computation.RunAsync(loaded.Weights, loaded.Checkpoint.Info!, cell, expected, cancellation);
        }
        catch (Exception e) when (!IsCancellation(e, cancellation))
        {
            await FailAsync(loaded.Checkpoint, cell, e, wasRunning: true, cancellation);
            return;
        }

        await computation.SaveAsync(cell, outcome, provenance);
        if (outcome.Result is { Status: CellStatus.Reached } result)
        {
            budgets[(cell.Id.Model, cell.Id.Task)] = result.Budget;
        }

        Close(loaded.Checkpoint, cell);
        Arrived(loaded.Checkpoint, cell, outcome);
        progress.Finished(cell, outcome);
        await FindEqualAsync(loaded.Checkpoint, cancellation);
    }

    private async Task FailAsync(PlannedCheckpoint checkpoint, PlannedCell cell, Exception error, bool wasRunning, CancellationToken cancellation)
    {
        var reason = CellComputation.ReasonOf(error);
        await store.SaveFailureAsync(cell.Id, cell.Fingerprint!, reason, cancellation);
        Close(checkpoint, cell);
        progress.Failed(cell, reason, wasRunning);
    }

    private async Task FoundAsync(PlannedCheckpoint checkpoint, PlannedCell cell, CancellationToken cancellation)
    {
        var key = cell.Fingerprint!.Key;
        var outcome = cell.Heads is null ? new CellOutcome(await store.ReadAsync(key, cancellation)) : new CellOutcome(await store.ReadHeadsAsync(key, cancellation));
        await store.NameAsync(cell.Id, cell.Fingerprint!, cancellation);
        Close(checkpoint, cell);
        Arrived(checkpoint, cell, outcome);
        progress.Found(cell, outcome);
    }

    private void Arrived(PlannedCheckpoint checkpoint, PlannedCell cell, CellOutcome outcome)
    {
        if (outcome.Result is { } result)
        {
            arrived(checkpoint, cell, result);
        }
    }

    /// <summary>Takes in what other processes have finished meanwhile.</summary>
    private async Task FindOthersAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < checkpoints.Length; i++)
        {
            if (checkpoints[i].Known is { IsRead: false } && IsOpen(checkpoints[i]))
            {
                await KnowAsync(i, mayRead: false, cancellation);
            }
        }

        await FindAsync(checkpoints, cancellation);
    }

    /// <summary>Takes in what the store has of checkpoints' open cells.</summary>
    private async Task FindAsync(IReadOnlyCollection<PlannedCheckpoint> among, CancellationToken cancellation)
    {
        var stored = await store.FindAsync([.. among.SelectMany(c => c.Cells).Where(c => open.ContainsKey(c.Id)).Select(c => c.Fingerprint!.Key)], cancellation);
        foreach (var checkpoint in among)
        {
            foreach (var cell in checkpoint.Cells.Where(c => open.ContainsKey(c.Id) && stored.Contains(c.Fingerprint!.Key)))
            {
                await FoundAsync(checkpoint, cell, cancellation);
            }
        }
    }

    private async Task RenewAsync(CancellationToken cancellation)
    {
        try
        {
            using var timer = new PeriodicTimer(options.RenewInterval, options.Time);
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await claims.RenewAsync(owner, cancellation);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or InvalidInputException)
        {
            // the run is over; or the store can't be written, which the next result will say louder
        }
    }

    private async Task ReleaseAsync()
    {
        // the store may be locked by somebody else, and the run is over
        using var patience = new CancellationTokenSource(ReleasePatience);
        try
        {
            await claims.ReleaseAsync(owner, [.. open.Values.Select(c => c.Fingerprint!.Key)], patience.Token);
        }
        catch (Exception e) when (e is InvalidInputException or OperationCanceledException)
        {
            // claims of an ended process lapse by themselves
        }
    }

    private static bool IsCancellation(Exception e, CancellationToken cancellation) => e is OperationCanceledException && cancellation.IsCancellationRequested;

    /// <summary>A checkpoint in memory and the cells claimed of it.</summary>
    private sealed record Loaded(PlannedCheckpoint Checkpoint, PlannedCell[] Cells, ILoadedCheckpoint Weights, TimeSpan Time, IDisposable Reservation, IDisposable Use) : IDisposable
    {
        public void Dispose()
        {
            Weights.Dispose();
            Reservation.Dispose();
            Use.Dispose();
        }
    }
}
