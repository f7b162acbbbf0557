using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Similarity;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Reports.Findings;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Makes a report of the results a grid has for an experiment.</summary>
public sealed class ReportBuilder(IGrid grid, string program, TimeProvider? time = null)
{
    /// <summary>Results that are in memory together.</summary>
    private const int CellsAtOnce = 32;

    private readonly TimeProvider time = time ?? TimeProvider.System;

    /// <summary>Most edges of circuits to write, about 20 bytes each.</summary>
    /// <value>The default keeps a report's circuits below about 10 MB.</value>
    public int MaxEdges { get; init; } = 500_000;

    /// <summary>Most edges of the graphs of all cells together for which the report says how sure its circuits are.</summary>
    /// <value>The default keeps what this takes at about two minutes on two cores. <c>circuitgrid export</c> has no such limit.</value>
    public long MaxResampledEdges { get; init; } = 2_500_000;

    /// <summary>
    /// Bytes of weights from which on no further checkpoint is loaded to judge circuits that differ in each other's place; what was judged once
    /// takes none.
    /// </summary>
    /// <value>The default, 2 GiB, is that of eight checkpoints of the smallest Pythia, under a minute on two cores. <c>circuitgrid export</c> has no such limit.</value>
    public long MaxWeightBytes { get; init; } = 2L << 30;

    /// <summary>Receives the share done, 0…1.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Most scores of single heads to write, about 7 bytes each.</summary>
    /// <value>The default keeps them below about 4 MB; series, onsets, profiles and matched heads don't depend on it.</value>
    public int MaxHeadScores { get; init; } = 500_000;

    /// <summary>Settings of everything that resamples; the experiment's threads where it has none of its own.</summary>
    public BootstrapOptions Bootstrap { get; init; } = new();

    /// <summary>A report of all results there are.</summary>
    public async Task<ReportDocument> BuildAsync(ExperimentSpec experiment, CancellationToken cancellation = default)
    {
        var plan = await grid.PlanAsync(experiment, cancellation);
        var comparisons = await grid.CompareAsync(experiment, cancellation);
        var cells = ImmutableArray.CreateBuilder<ReportCell>();
        var circuits = new List<ReportCircuit>();
        var graphs = new Dictionary<GraphShape, CircuitGraph>();
        var bootstrap = Bootstrap with { Threads = Bootstrap.Threads ?? experiment.Threads };
        var evidence = new ReportEvidence(plan, bootstrap);
        var series = new TaskSeries(plan.Suite);
        var planned = plan.Checkpoints.SelectMany(c => c.Cells.Where(cell => cell is { Action: CellAction.Keep, Heads: null }).Select(cell => new PlacedCell(c, cell))).ToArray();
        var isResampled = planned.Sum(p => p.Checkpoint.Info is { } info ? GraphSize.Edges(info.Graph) : 0) <= MaxResampledEdges;
        foreach (var (number, chunk) in planned.Chunk(CellsAtOnce).Index())
        {
            Progress?.Report(0.5 * number * CellsAtOnce / planned.Length);
            var read = new List<(PlacedCell Cell, CellResult Result)>();
            foreach (var cell in chunk)
            {
                if (await grid.ReadAsync(cell.Key, cancellation) is { } result)
                {
                    read.Add((cell, result));
                }
            }

            var weighed = isResampled ? evidence.Add(read) : null;
            for (var i = 0; i < read.Count; i++)
            {
                var (cell, result) = (read[i].Cell.Cell, read[i].Result);
                series.Add(cell, result);
                var provenance = await grid.ReadProvenanceAsync(cell.Fingerprint!.Key, cancellation);
                var sureness = weighed?[i];
                cells.Add(Cell(cell, result, provenance) with
                {
                    SizeInterval = SizeInterval(sureness, sureness?.SizeCurve),
                    NormalizedSizeInterval = SizeInterval(sureness, sureness?.NormalizedSizeCurve),
                });
                if (result.Chosen is not null)
                {
                    circuits.Add(Circuit(cell.Id, result, graphs, sureness?.Certainty));
                }
            }
        }

        var compared = evidence.Compared(await grid.JudgeAsync(experiment, evidence.Different, MaxWeightBytes, Progress is null ? null : new SecondHalf(Progress), cancellation));
        var kept = Thin(circuits);
        var models = Models(plan);
        var scale = comparisons.Read((trajectories, scales) => ReportScaleBuilder.Scale(plan, trajectories, scales, bootstrap));
        var onsets = series.Onsets(bootstrap);
        var roles = await RolesAsync(experiment, plan, models, cancellation);
        var report = new ReportDocument
        {
            Title = experiment.Name,
            Suite = plan.Suite.Name,
            TokensPerStep = plan.Suite.TokensPerStep,
            TokensKnown = plan.TokensKnown,
            TokensPerStepAssumed = plan.TokensKnown == TokensKnown.Assumed ? SuiteFolder.PythiaTokensPerStep : null,
            Created = time.GetUtcNow(),
            Program = program,
            Analysis = Analysis(experiment),
            Models = models,
            Tasks = Tasks(plan),
            Cells = cells.ToImmutable(),
            Circuits = kept,
            CircuitsLeftOut = circuits.Count - kept.Length,
            UncertaintyLeftOut = !isResampled,
            Trajectories = comparisons.Read((trajectories, _) => Trajectories(plan, trajectories, compared)),
            Scale = scale,
            Growth = ReportScaleBuilder.Growth(scale),
            TaskOnsets = [.. onsets.Select(o => new ReportTaskOnset(o.Model, o.Task, o.Threshold, ReportOnsetBuilder.Onset(o.Onset)) { Inherited = o.IsInherited })],
            Roles = ReportRoleBuilder.Models(roles, MaxHeadScores, onsets, bootstrap),
            RolePairs = ReportRoleBuilder.Pairs(roles),
            LeftOut = ReportLeftOut.Of(plan),
            OthersLeftOut = plan.Suite.LeftOut.Count(l => !l.IsCheckpoint),
        };
        return report with { Findings = ReportFindings.Of(report) };
    }

    /// <summary>All models' roles, by parameters.</summary>
    private async Task<ImmutableArray<ModelRoles>> RolesAsync(ExperimentSpec experiment, GridPlan plan, ImmutableArray<ReportModel> models, CancellationToken cancellation)
    {
        if (!plan.Cells.Any(c => c is { Action: CellAction.Keep, Heads: not null }))
        {
            return [];
        }

        var parameters = models.ToDictionary(m => m.Name, m => m.Parameters, StringComparer.Ordinal);
        var roles = await ModelRoles.OfAsync(await StoredCells.OpenAsync(grid, experiment, Bootstrap, cancellation), cancellation);
        return [.. roles.OrderBy(m => parameters.GetValueOrDefault(m.Model)).ThenBy(m => m.Model, StringComparer.Ordinal)];
    }

    private static ReportAnalysis Analysis(ExperimentSpec experiment)
    {
        var a = experiment.Analysis;
        var integrates = a.Method == AttributionMethod.EapIg;
        return new(
            SpecNames.Method.Of(a.Method),
            integrates ? a.Steps : null,
            integrates ? SpecNames.Points.Of(a.Points) : null,
            SpecNames.Selection.Of(a.Selection),
            a.Absolute,
            a.Threshold,
            a.MaxEdges.ToString(),
            a.Blocks?.ToString(CultureInfo.InvariantCulture) ?? "default",
            SpecNames.Split.Of(a.Split),
            SpecNames.Ablation.Of(a.Ablation),
            SpecNames.Search.Of(a.Search),
            SpecNames.Sampling.Of(a.Sampling),
            experiment.Numerics);
    }

    private static ImmutableArray<ReportModel> Models(GridPlan plan) =>
    [
        .. plan.Checkpoints.Where(c => c.Info is not null).DistinctBy(c => c.Model.Name, StringComparer.Ordinal).Select(c => new ReportModel(
            c.Model.Name,
            c.Model.Parameters ?? c.Info!.Parameters,
            c.Info!.NonEmbeddingParameters,
            c.Info.Graph.Layers,
            c.Info.Graph.Heads,
            c.Info.Graph.Parallel,
            c.Info.Graph.Width,
            GraphSize.Edges(c.Info.Graph))
        {
            Stage = c.Model.Stage,
            Branch = c.Model.Branch,
            Seed = c.Model.Seed,
            Parent = c.Model.Parent,
        }),
    ];

    private static ImmutableArray<ReportTask> Tasks(GridPlan plan) =>
    [
        .. plan.Cells.Where(c => c.Dataset is not null).GroupBy(c => c.Id.Task, StringComparer.Ordinal).Select(g => new ReportTask(
            g.Key,
            TaskTitles.Of(g.Key),
            SpecNames.Metric.Of(g.First().Dataset!.Metric),
            TaskTitles.Unit(g.First().Dataset!.Metric),
            g.Max(c => c.Dataset!.Examples.Length))),
    ];

    private static ReportCell Cell(PlannedCell cell, CellResult result, Provenance? provenance)
    {
        var metric = result.MetricOf(cell.Dataset);
        var reported = new ReportCell
        {
            Model = cell.Id.Model,
            Step = cell.Id.Step,
            Tokens = cell.Tokens,
            TokensKnown = cell.TokensKnown,
            Task = cell.Id.Task,
            Status = CellStatusNames.Of(result.Status),
            State = TaskStates.NameOf(TaskStates.Of(result, cell.Dataset)),
            Metric = Finite(metric.Mean),
            MetricLow = Finite(metric.Low),
            MetricHigh = Finite(metric.High),
            CorruptedMetric = Finite(result.AblatedMetric),
            Accuracy = result.Accuracy,
            Search =
            [
                .. result.Sizes.Select(s => new ReportSize(
                    s.Budget,
                    s.Edges,
                    s.Nodes,
                    Finite(result.FoundFaithfulness(s).Value),
                    Finite(result.JudgedFaithfulness(s).Value))),
            ],
            Seconds = provenance?.Seconds,
        };
        return result.Chosen is not { } chosen
            ? reported
            : reported with
            {
                FaithfulnessFound = Finite(result.FoundFaithfulness(chosen).Value),
                FaithfulnessJudged = Finite(result.JudgedFaithfulness(chosen).Value),
                NormalizedFound = Finite(result.FoundFaithfulness(chosen).Normalized),
                NormalizedJudged = Finite(result.JudgedFaithfulness(chosen).Normalized),
                Edges = chosen.Edges,
                Nodes = chosen.Nodes,
                EdgeShare = (double)chosen.Edges / result.Scores.Length,
                Budget = chosen.Budget,
            };
    }

    /// <summary>The interval of n_80 and the circuits of this ranking at its ends; <see langword="null"/> where there is none.</summary>
    private static ReportSizeInterval? SizeInterval(CellEvidence? evidence, SizeCurve? curve)
    {
        if (evidence is null || curve is not { SmallestBudgetInterval: var (low, high) } || !double.IsFinite(low))
        {
            return null;
        }

        var ranking = EdgeRanking.Create(evidence.Graph, evidence.Result.Scores.AsSpan(), evidence.Analysis.Selection, evidence.Analysis.Absolute, curve.Budgets[^1]);
        var (smallest, largest) = (ranking.Select((int)Math.Ceiling(low)), double.IsFinite(high) ? ranking.Select((int)Math.Ceiling(high)) : null);
        return new(Finite(curve.SmallestBudget), low, Finite(high), smallest.EdgeCount, largest?.EdgeCount, smallest.NodeCount, largest?.NodeCount, curve.IsDetermined, curve.IncludesRanking);
    }

    private static ReportCircuit Circuit(CellId id, CellResult result, Dictionary<GraphShape, CircuitGraph> graphs, EdgeCertainty? certainty)
    {
        if (!graphs.TryGetValue(result.Graph, out var graph))
        {
            graphs.Add(result.Graph, graph = new(result.Graph));
        }

        return new(id.Model, id.Task, id.Step, [.. result.Edges.Indices().Select(e => new ReportEdge(graph.EdgeSources[e], graph.EdgeSlots[e], result.Scores[e], certainty?.Inclusion[e]))]);
    }

    /// <summary>Where there are too many edges, keeps of every trajectory each k-th circuit, counted back from the last, for the smallest k that fits.</summary>
    private ImmutableArray<ReportCircuit> Thin(List<ReportCircuit> circuits)
    {
        var ordered = circuits
            .GroupBy(c => (c.Model, c.Task))
            .SelectMany(g => g.OrderByDescending(c => c.Step).Select((c, i) => (Circuit: c, Age: i)))
            .ToList();
        var every = 1;
        while (every <= circuits.Count && ordered.Where(c => c.Age % every == 0).Sum(c => (long)c.Circuit.Edges.Length) > MaxEdges)
        {
            every++;
        }

        var room = (long)MaxEdges;
        var kept = ordered.Where(c => c.Age % every == 0).Select(c => c.Circuit).TakeWhile(c => (room -= c.Edges.Length) >= 0).ToHashSet();
        return [.. circuits.Where(kept.Contains)];
    }

    private static ImmutableArray<ReportTrajectory> Trajectories(
        GridPlan plan,
        IReadOnlyDictionary<(string Model, string Task), Trajectory> trajectories,
        Dictionary<(CellId From, CellId To), ComparedCircuits> compared)
    {
        var clock = plan.Checkpoints.ToDictionary(c => (c.Model.Name, c.Step), c => c.Cells[0].Tokens);
        return
        [
            .. plan.Cells.Select(c => (c.Id.Model, c.Id.Task)).Distinct()
                .Where(trajectories.ContainsKey)
                .Select(id => Report(plan, id.Model, id.Task, trajectories[id], compared, point => clock.GetValueOrDefault((id.Model, point.Step), point.Tokens))),
        ];
    }

    private static ReportTrajectory Report(
        GridPlan plan,
        string model,
        string task,
        Trajectory trajectory,
        Dictionary<(CellId From, CellId To), ComparedCircuits> compared,
        Func<TrajectoryPoint, long> clock)
    {
        var points = trajectory.Points;
        var from = trajectory.Pairs.ToDictionary(p => p.From);
        return new()
        {
            Model = model,
            Task = task,
            Steps = [.. points.Select(p => p.Step)],
            Tokens = [.. points.Select(clock)],
            Included = [.. points.Select(trajectory.IsIncluded)],
            PairTo = Pairs(p => (int?)p.To),
            EdgeJaccard = Pairs(p => Finite(p.Edges)),
            NodeJaccard = Pairs(p => Finite(p.Nodes)),
            WeightedJaccard = Pairs(p => Finite(p.Weighted)),
            WeightedJaccardInCircuits = Pairs(p => Finite(p.WeightedInCircuits)),
            EdgeEwma = Pairs(p => Finite(p.EdgeAverage)),
            NodeEwma = Pairs(p => Finite(p.NodeAverage)),
            EdgeEwmaInterval = Pairs(p => Of(p)?.Edges),
            NodeEwmaInterval = Pairs(p => Of(p)?.Nodes),
            Differences = Pairs(p => Of(p)?.Difference),
            Branch = compared.Where(c => c.Key.To.Model == model && c.Key.To.Task == task && c.Key.From.Model != model).Select(c => new ReportBranch(
                c.Key.From.Model, c.Key.From.Step, c.Key.To.Step, Finite(c.Value.EdgeJaccard), Finite(c.Value.NodeJaccard), c.Value.Difference)).FirstOrDefault(),
            EdgeOverlap = Matrix(trajectory.EdgeOverlap),
            NodeOverlap = Matrix(trajectory.NodeOverlap),
        };

        ComparedCircuits? Of(TrajectoryPair pair) => compared.GetValueOrDefault((CellAt(pair.From), CellAt(pair.To)));

        CellId CellAt(int step) => new(plan.Suite.Name, model, step, task);

        ImmutableArray<T> Pairs<T>(Func<TrajectoryPair, T> value) =>
            [.. points.SkipLast(1).Select(p => from.TryGetValue(p.Step, out var pair) ? value(pair) : default!)];

        ImmutableArray<ImmutableArray<double?>> Matrix(Func<int, int, Overlap> overlap) =>
        [
            .. Enumerable.Range(0, points.Count).Select(i => Enumerable.Range(0, points.Count)
                .Select(j => points[i].Status == CellStatus.NoTask || points[j].Status == CellStatus.NoTask ? (double?)null : Math.Round(overlap(i, j).Jaccard, 4))
                .ToImmutableArray()),
        ];
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    /// <summary>Judging is the second half of the work, as far as can be told before.</summary>
    private sealed class SecondHalf(IProgress<double> whole) : IProgress<double>
    {
        public void Report(double value) => whole.Report(0.5 + (0.5 * value));
    }
}
