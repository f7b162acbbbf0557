using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>Two consecutive cells of a trajectory, compared.</summary>
/// <param name="From">The earlier cell.</param>
/// <param name="To">The later one.</param>
/// <param name="Comparison">The comparison.</param>
/// <param name="Hochberg">Its p value, adjusted over all pairs of the experiment after Benjamini and Hochberg; not a number without a p value.</param>
/// <param name="Yekutieli">The same after Benjamini and Yekutieli.</param>
/// <param name="Unjudged">Why circuits that differ weren't judged in each other's place; <see langword="null"/> where they were, or nobody asked.</param>
public sealed record ComparedPair(PlannedCell From, PlannedCell To, CellComparison Comparison, double Hochberg, double Yekutieli, string? Unjudged);

/// <summary>A cell of a plan with the checkpoint it is of and what its result says.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Evidence">Its result.</param>
public sealed record EvidencedCell(PlannedCheckpoint Checkpoint, PlannedCell Cell, CellEvidence Evidence)
{
    /// <summary>The cell without its result, which may be large.</summary>
    public PlacedCell Place => new(Checkpoint, Cell);
}

/// <summary>A checkpoint's head scores.</summary>
/// <param name="Cell">Their cell.</param>
/// <param name="Scores">The scores.</param>
public sealed record ScoredHeads(PlannedCell Cell, HeadScores Scores);

/// <summary>The results that a grid has for an experiment, as evidence. Nothing is computed anew but statistics, and circuits in each other's place.</summary>
public sealed class StoredCells
{
    /// <summary>Cells of graphs with more edges than this are read again each time: their scores would fill the memory.</summary>
    private const int ManyEdges = 100_000;

    private readonly ConcurrentDictionary<CellId, EvidencedCell> kept = new();
    private readonly IGrid grid;
    private readonly GridPlan plan;

    private StoredCells(IGrid grid, GridPlan plan, BootstrapOptions options)
    {
        this.grid = grid;
        this.plan = plan;
        Options = options;
    }

    /// <summary>Settings of everything that resamples.</summary>
    public BootstrapOptions Options { get; }

    /// <summary>The tasks' cells that have a result, checkpoint by checkpoint.</summary>
    public IEnumerable<CellId> Ids => plan.Cells.Where(IsThere).Select(c => c.Id);

    /// <summary>Finds out which results there are.</summary>
    public static async Task<StoredCells> OpenAsync(IGrid grid, ExperimentSpec experiment, BootstrapOptions? options = null, CancellationToken cancellation = default) =>
        new(grid, await grid.PlanAsync(experiment, cancellation), options ?? new());

    /// <summary>The cell of a name, <c>suite/model@step/task</c>.</summary>
    /// <exception cref="InvalidInputException">It isn't a cell of the experiment, or has no result.</exception>
    public async Task<EvidencedCell> ReadAsync(string name, CancellationToken cancellation = default)
    {
        if (!CellId.TryParse(name, out var id))
        {
            throw new InvalidInputException(name, "isn't the name of a cell; cells are named suite/model@step/task");
        }

        var found = plan.Checkpoints.SelectMany(c => c.Cells.Select(cell => (Checkpoint: c, Cell: cell))).FirstOrDefault(c => c.Cell.Id == id);
        return found.Cell switch
        {
            null when NearestName.Of(name, plan.Cells.Select(c => c.Id.ToString())) is { } near =>
                throw new InvalidInputException(name, $"isn't a cell of this experiment; did you mean '{near}'?"),
            null => throw new InvalidInputException(name, "isn't a cell of this experiment"),
            { Action: not CellAction.Keep } cell => throw new InvalidInputException(name, $"has no result ({cell.Why}); 'circuitgrid run' computes it"),
            { Heads: not null } => throw new InvalidInputException(name, "is a checkpoint's head scores; a task's cell has a circuit"),
            _ => await ReadAsync(found.Checkpoint, found.Cell, cancellation),
        };
    }

    /// <summary>All tasks' cells that have a result, one at a time, checkpoint by checkpoint.</summary>
    public async IAsyncEnumerable<EvidencedCell> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var checkpoint in plan.Checkpoints)
        {
            foreach (var cell in checkpoint.Cells.Where(IsThere))
            {
                yield return await ReadAsync(checkpoint, cell, cancellation);
            }
        }
    }

    /// <summary>Two cells compared; circuits that differ are also judged in each other's place.</summary>
    /// <param name="first">One cell.</param>
    /// <param name="second">Another of the same graph.</param>
    /// <param name="threads">Threads to judge with; the experiment's where <see langword="null"/>.</param>
    /// <param name="cancellation">Checked between batches.</param>
    /// <exception cref="InvalidInputException">A checkpoint can't be used.</exception>
    public async Task<CellComparison> CompareAsync(EvidencedCell first, EvidencedCell second, int? threads, CancellationToken cancellation = default)
    {
        if (string.Equals(first.Cell.Id.Model, second.Cell.Id.Model, StringComparison.Ordinal)
            && string.Equals(first.Cell.Id.Task, second.Cell.Id.Task, StringComparison.Ordinal)
            && Comparability.Differences(first.Cell.Settings, second.Cell.Settings) is { IsEmpty: false } fields)
        {
            throw new InvalidInputException($"{first.Cell.Id} and {second.Cell.Id}", $"aren't compared, because they differ in {string.Join(", ", fields)}; 'accept: [{string.Join(", ", fields)}]' in the experiment compares them");
        }

        var comparison = CellComparison.Of(first.Evidence, second.Evidence);
        if (comparison.Verdict != DifferenceVerdict.Different)
        {
            return comparison;
        }

        var experiment = plan.Experiment with { Threads = threads ?? plan.Experiment.Threads };
        var judged = await grid.JudgeAsync(experiment, [new(first.Place, second.Place)], long.MaxValue, cancellation: cancellation);
        return judged[0].Cross is { } cross
            ? comparison with { Cross = cross }
            : throw new InvalidInputException($"{first.Cell.Id} and {second.Cell.Id}", $"can't be judged in each other's place: {judged[0].Why}");
    }

    /// <summary>
    /// Every two consecutive included checkpoints of every trajectory, compared; circuits that differ are also judged in each other's place.
    /// </summary>
    /// <param name="maxWeightBytes">Bytes of weights from which on no further checkpoint is loaded for that; <see langword="null"/> leaves it out.</param>
    /// <param name="progress">Receives the share of that done, 0…1.</param>
    /// <param name="cancellation">Checked between cells.</param>
    public async Task<ImmutableArray<ComparedPair>> CompareAsync(long? maxWeightBytes, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var pairs = new List<(PlacedCell From, PlacedCell To, CellComparison Comparison)>();
        var last = new Dictionary<(string Model, string Task), EvidencedCell>();
        await foreach (var cell in ReadAllAsync(cancellation))
        {
            if (cell.Cell.LeftOut is not null || !plan.Experiment.Comparison.Includes(cell.Evidence.Result.Status))
            {
                continue;
            }

            var id = (cell.Cell.Id.Model, cell.Cell.Id.Task);
            if (plan.LastBefore(cell.Cell.Id, last) is { } before && string.Equals(before.Cell.Settings, cell.Cell.Settings, StringComparison.Ordinal))
            {
                pairs.Add((before.Place, cell.Place, CellComparison.Of(before.Evidence, cell.Evidence)));
            }

            last[id] = cell;
        }

        var unjudged = new string?[pairs.Count];
        if (maxWeightBytes is { } most)
        {
            int[] different = [.. Enumerable.Range(0, pairs.Count).Where(i => pairs[i].Comparison.Verdict == DifferenceVerdict.Different)];
            var judged = await grid.JudgeAsync(plan.Experiment, [.. different.Select(i => new CellPair(pairs[i].From, pairs[i].To))], most, progress, cancellation);
            foreach (var (i, judgement) in different.Zip(judged))
            {
                unjudged[i] = judgement.Why;
                pairs[i] = judgement.Cross is { } cross ? pairs[i] with { Comparison = pairs[i].Comparison with { Cross = cross } } : pairs[i];
            }
        }

        var tested = pairs.Select(p => p.Comparison.Noise?.PValue ?? double.NaN).Where(double.IsFinite).ToArray();
        var (hochberg, yekutieli) = (FalseDiscovery.BenjaminiHochberg(tested), FalseDiscovery.BenjaminiYekutieli(tested));
        var at = 0;
        return
        [
            .. pairs.Select((p, i) => p.Comparison.Noise is null
                ? new ComparedPair(p.From.Cell, p.To.Cell, p.Comparison, double.NaN, double.NaN, unjudged[i])
                : new ComparedPair(p.From.Cell, p.To.Cell, p.Comparison, hochberg[at], yekutieli[at++], unjudged[i])),
        ];
    }

    /// <summary>The onset of every task in every model, over the checkpoints that have a result, with or without a circuit.</summary>
    /// <param name="cancellation">Checked between cells.</param>
    public async Task<ImmutableArray<TaskOnset>> OnsetsAsync(CancellationToken cancellation = default)
    {
        var series = new TaskSeries(plan.Suite);
        await foreach (var cell in ReadAllAsync(cancellation))
        {
            series.Add(cell.Cell, cell.Evidence.Result);
        }

        return series.Onsets(Options);
    }

    /// <summary>The head scores that there are, checkpoint by checkpoint.</summary>
    public async IAsyncEnumerable<ScoredHeads> ReadHeadsAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        foreach (var cell in plan.Cells.Where(c => c is { Action: CellAction.Keep, Heads: not null }))
        {
            if (await grid.ReadHeadsAsync(cell.Fingerprint!.Key, cancellation) is { } scores)
            {
                yield return new(cell, scores.InSamplingUnits(cell.Heads!));
            }
        }
    }

    private static bool IsThere(PlannedCell cell) => cell is { Action: CellAction.Keep, Heads: null };

    private async Task<EvidencedCell> ReadAsync(PlannedCheckpoint checkpoint, PlannedCell cell, CancellationToken cancellation)
    {
        if (kept.TryGetValue(cell.Id, out var known))
        {
            return known;
        }

        var result = await grid.ReadAsync(cell.Fingerprint!.Key, cancellation)
            ?? throw new InvalidInputException(cell.Id.ToString(), "has just lost its result; run the experiment again");
        var read = new EvidencedCell(checkpoint, cell, new(result, cell.Analysis!, cell.Dataset, Options));
        return read.Evidence.Graph.Edges > ManyEdges ? read : kept.GetOrAdd(cell.Id, read);
    }
}
