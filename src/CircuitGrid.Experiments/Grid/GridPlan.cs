using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Audit;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Grid;

/// <summary>What is to be done about a cell.</summary>
public enum CellAction
{
    /// <summary>Nothing: the result is there.</summary>
    Keep,

    /// <summary>Compute it.</summary>
    Run,

    /// <summary>Nothing can be done: its checkpoint or its examples can't be used.</summary>
    Skip,
}

/// <summary>Why a cell has to run, or not.</summary>
public enum PlanReason
{
    /// <summary>The result is there.</summary>
    UpToDate,

    /// <summary>The result is there: another cell with the same weights, examples and analysis has it.</summary>
    SameAsAnother,

    /// <summary>It was never asked for.</summary>
    New,

    /// <summary>The checkpoint's weights or configuration are others than before.</summary>
    WeightsChanged,

    /// <summary>The examples are others than before.</summary>
    ExamplesChanged,

    /// <summary>The analysis is another than before.</summary>
    AnalysisChanged,

    /// <summary>The cell whose circuit head scores are measured in is another than before.</summary>
    CircuitChanged,

    /// <summary>The numerics are others than before.</summary>
    NumericsChanged,

    /// <summary>The program computes in another way than before.</summary>
    AlgorithmChanged,

    /// <summary>The result was taken out of the store.</summary>
    ResultMissing,

    /// <summary>It was tried and failed.</summary>
    FailedBefore,

    /// <summary>Its checkpoint or its examples can't be used.</summary>
    Unusable,
}

/// <summary>A cell of a plan.</summary>
public sealed record PlannedCell
{
    public required CellId Id { get; init; }

    /// <summary>Why its checkpoint is left out of onsets, pairs and stability; <see langword="null"/> where it isn't. Its result is computed and shown.</summary>
    public string? LeftOut { get; init; }

    /// <summary>What its result can be compared under: cells of other settings aren't (<see cref="Comparability"/>).</summary>
    public string Settings { get; init; } = "";

    /// <summary>Tokens the checkpoint has seen; steps where <see cref="TokensKnown"/> says that nobody knows them.</summary>
    public required long Tokens { get; init; }

    /// <summary>How <see cref="Tokens"/> are known. All cells of a plan have tokens, or all have steps.</summary>
    public TokensKnown TokensKnown { get; init; }

    /// <summary>Tokens the checkpoint has seen; <see langword="null"/> where nobody knows them.</summary>
    public long? TokensSeen => TokensKnown == TokensKnown.Unknown ? null : Tokens;

    public required CellAction Action { get; init; }

    public required PlanReason Reason { get; init; }

    /// <summary>The reason for people, in a few words: <c>analysis changed: steps 5 → 30</c>.</summary>
    public required string Why { get; init; }

    /// <summary>It failed in this run or watch already, and its files are as they were: it counts as failed, isn't tried again, and isn't reported again.</summary>
    public bool IsTold { get; init; }

    /// <summary>Seconds of analysis to expect; 0 where there is nothing to do.</summary>
    public double Forecast { get; init; }

    /// <summary>What determines the result; <see langword="null"/> for <see cref="CellAction.Skip"/>.</summary>
    public CellFingerprint? Fingerprint { get; init; }

    /// <summary>The analysis, nothing left open; <see langword="null"/> for <see cref="CellAction.Skip"/> and for head scores.</summary>
    public CellAnalysis? Analysis { get; init; }

    /// <summary>The examples; <see langword="null"/> for <see cref="CellAction.Skip"/> and for head scores.</summary>
    public TaskDataset? Dataset { get; init; }

    /// <summary>What head scores are measured on; <see langword="null"/> for tasks.</summary>
    public HeadScoreInputs? Heads { get; init; }

    /// <summary>
    /// The same checkpoint's IOI cell, whose circuit head scores are measured in: it comes first. <see langword="null"/> for tasks, and where the experiment
    /// hasn't that task or the cell can't be run.
    /// </summary>
    public CircuitCell? Circuit { get; init; }
}

/// <summary>A cell that another one takes the circuit of.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Key">Where its result is.</param>
public sealed record CircuitCell(CellId Id, CellKey Key);

/// <summary>A checkpoint of a plan with its cells, one a task and perhaps one for its head scores.</summary>
/// <param name="Model">Its model.</param>
/// <param name="Step">Its training step.</param>
/// <param name="Info">What it is; <see langword="null"/> where it can't be used.</param>
/// <param name="Cells">Its cells, in the order of the experiment's tasks, head scores last.</param>
public sealed record PlannedCheckpoint(SuiteModel Model, int Step, CheckpointInfo? Info, ImmutableArray<PlannedCell> Cells)
{
    /// <summary>The checkpoint's folder.</summary>
    public string Folder => Model.StepFolder(Step);

    /// <summary>Which of its weights are meant where several kinds are there; <see langword="null"/> for the first.</summary>
    public WeightKind? Weights { get; init; }

    /// <summary>What is known of its weights; <see langword="null"/> where it can't be used.</summary>
    public KnownWeights? Known { get; init; }

    /// <summary>What equal files have equal, where it is known without reading them: of checkpoints on the hub.</summary>
    public string? Content { get; init; }

    /// <summary>What is known of it on the hub; <see langword="null"/> for a folder of this machine, and where nothing could be found out.</summary>
    public HubCheckpoint? Hub { get; init; }

    /// <summary>Bytes of weights that aren't on this machine.</summary>
    public long Missing { get; init; }

    /// <summary>Its files.</summary>
    public CheckpointFiles Files => new(Folder, Weights, Content);

    /// <summary>Keys of its configuration, its weights' index and its tokenizer that were there and were ignored because somebody said so.</summary>
    public ImmutableArray<string> PassedOver { get; init; } = [];

    /// <summary>Its weight files have their length and nothing but zeros in them: whoever watches waits for them.</summary>
    public bool IsUnwritten { get; init; }

    /// <summary>What people call it: <c>suite/model@step</c>.</summary>
    public string Name => Cells[0].Id.Checkpoint;

    /// <summary>Whether any cell has to run.</summary>
    public bool HasWork => Cells.Any(c => c.Action == CellAction.Run);

    /// <summary>The same checkpoint, its cells under the keys that they have with weights of these digests.</summary>
    public PlannedCheckpoint Under(KnownWeights weights)
    {
        var cells = ImmutableArray.CreateBuilder<PlannedCell>(Cells.Length);
        foreach (var cell in Cells)
        {
            if (cell is not { Fingerprint: { } before })
            {
                cells.Add(cell);
                continue;
            }

            var circuit = cell.Circuit is { } of ? of with { Key = cells.First(c => c.Id == of.Id).Fingerprint!.Key } : null;
            var now = before with { ModelDigest = weights.Digest };
            cells.Add(cell with { Circuit = circuit, Fingerprint = cell.Heads is { } heads ? now with { Analysis = HeadInputsDigest.Analysis(heads.Options, circuit?.Key) } : now });
        }

        return this with { Known = weights, Cells = cells.MoveToImmutable() };
    }
}

/// <summary>What a run of an experiment would do.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Suite">Its suite.</param>
/// <param name="Checkpoints">Its checkpoints, model by model, by step.</param>
/// <param name="Notes">What people should know: what task builders kept and left out.</param>
/// <param name="Threads">Threads a run would use.</param>
/// <param name="Workers">Checkpoints a run would work on at a time.</param>
public sealed record GridPlan(ExperimentSpec Experiment, SuiteFolder Suite, ImmutableArray<PlannedCheckpoint> Checkpoints, ImmutableArray<string> Notes, int Threads, int Workers)
{
    /// <summary>
    /// The first key of another tool's file that nobody knows: a person should say whether to ignore it before anything is run. <see langword="null"/> where
    /// there is none.
    /// </summary>
    public UnknownKeyException? Refusal { get; init; }

    /// <summary>What was found about checkpoints: equal weights, ones that lie elsewhere, missing steps. Those that leave one out are in its cells too.</summary>
    public ImmutableArray<AuditFinding> Findings { get; init; } = [];

    /// <summary>Neighbours whose results aren't held against each other, because their configurations or the tokens of their prompts differ.</summary>
    public ImmutableArray<NotCompared> NotCompared
    {
        get
        {
            var last = new Dictionary<(string Model, string Task), PlannedCell>();
            var found = new List<(CellId From, CellId To, ImmutableArray<string> Fields)>();
            foreach (var cell in Cells.Where(c => c is { Fingerprint: not null, Heads: null, LeftOut: null }))
            {
                if (LastBefore(cell.Id, last) is { } before && Comparability.Differences(before.Settings, cell.Settings) is { IsEmpty: false } fields)
                {
                    found.Add((before.Id, cell.Id, fields));
                }

                last[(cell.Id.Model, cell.Id.Task)] = cell;
            }

            return
            [
                .. found.GroupBy(f => (From: f.From.Checkpoint, To: f.To.Checkpoint)).Select(pair => new NotCompared(
                    pair.First().From, pair.First().To, [.. pair.SelectMany(f => f.Fields).Distinct(StringComparer.Ordinal)])),
            ];
        }
    }

    /// <summary>How tokens are known in all of the plan: as for the cell of which least is known.</summary>
    public TokensKnown TokensKnown => Cells.Select(c => c.TokensKnown).DefaultIfEmpty().Max();

    /// <summary>
    /// Of the last cells of trajectories so far, the one that a cell follows: of its own model, or of the one that its training goes on from.
    /// </summary>
    /// <param name="cell">The cell.</param>
    /// <param name="last">The last cell of each model and task.</param>
    public T? LastBefore<T>(CellId cell, IReadOnlyDictionary<(string Model, string Task), T> last)
    {
        for (string? model = cell.Model; model is not null; model = Suite.Find(model)?.Parent)
        {
            if (last.TryGetValue((model, cell.Task), out var found))
            {
                return found;
            }
        }

        return default;
    }

    /// <summary>All cells.</summary>
    public IEnumerable<PlannedCell> Cells => Checkpoints.SelectMany(c => c.Cells);

    /// <summary>Time the run is expected to take.</summary>
    public TimeSpan Forecast => TimeSpan.FromSeconds(Cells.Sum(c => c.Forecast) / Workers);

    /// <summary>Number of cells something is to be done about.</summary>
    public int Count(CellAction action) => Cells.Count(c => c.Action == action);
}
