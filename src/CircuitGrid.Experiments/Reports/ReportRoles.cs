using System.Collections.Immutable;

namespace CircuitGrid.Experiments.Reports;

/// <summary>
/// When a series appears in training (docs/method.md, training and scale): after the last checkpoint without it, by the first of a run of checkpoints with it.
/// <see langword="null"/> is what there isn't, or can't be told.
/// </summary>
public sealed record ReportOnset
{
    /// <summary>The last checkpoint without it before the run, or of all where there is no run; without one it appears at or before <see cref="By"/>.</summary>
    public required ReportMoment? After { get; init; }

    /// <summary>The first checkpoint with it; <see langword="null"/> where it isn't seen to last.</summary>
    public required ReportMoment? By { get; init; }

    /// <summary>How many checkpoints of the run show it: fewer than <see cref="ReportDocument.OnsetRun"/> where the series ends before.</summary>
    public required int Shown { get; init; }

    /// <summary>The checkpoint at which it is significantly gone again.</summary>
    public required ReportMoment? LostAt { get; init; }

    /// <summary>The first checkpoint of the next run.</summary>
    public required ReportMoment? BackBy { get; init; }

    /// <summary>Whether every checkpoint's value has an interval; otherwise its value alone is held against the threshold.</summary>
    public required bool HasIntervals { get; init; }

    /// <summary>Secondary: tokens of the first checkpoint at 0.33 of the series' maximum, which depends on where the series ends.</summary>
    public required double? ThirdOfMaximum { get; init; }

    /// <summary>Tokens at which the fitted logistic is at half its height; <see langword="null"/> where the fit is no estimate.</summary>
    public required double? Midpoint { get; init; }

    /// <summary>Lower end of its 95 % interval; <see langword="null"/> where there is nothing to resample, or too many resamples have no midpoint.</summary>
    public required double? MidpointLow { get; init; }

    /// <summary>Upper end of its 95 % interval.</summary>
    public required double? MidpointHigh { get; init; }

    /// <summary>How the fit ended: <c>converged</c>, or why it is no estimate.</summary>
    public required string Fit { get; init; }
}

/// <param name="Step">The checkpoint's step.</param>
/// <param name="Tokens">Tokens it has seen.</param>
public sealed record ReportMoment(int Step, double Tokens);

/// <summary>When a model learns a task: the onset of its metric over all checkpoints that have a result, with or without a circuit.</summary>
/// <param name="Threshold">What the metric's lower bound has to exceed: the smallest effect of interest.</param>
public sealed record ReportTaskOnset(string Model, string Task, double Threshold, ReportOnset Onset)
{
    /// <summary>Whether it was learned in the training that the model's goes on from.</summary>
    public bool Inherited { get; init; }
}

/// <summary>What a model's heads are for along its training; entry t of every array is checkpoint t.</summary>
public sealed record ReportModelRoles
{
    public required string Model { get; init; }

    public required ImmutableArray<int> Steps { get; init; }

    public required ImmutableArray<long> Tokens { get; init; }

    public required ImmutableArray<ReportRole> Roles { get; init; }

    /// <summary>How far each checkpoint does IOI by the known algorithm; <see langword="null"/> where it doesn't do IOI.</summary>
    public required ImmutableArray<ReportAlgorithm?> Algorithm { get; init; }

    /// <summary>The single heads' scores were left out to keep the document small.</summary>
    public bool ScoresLeftOut { get; init; }
}

/// <summary>A role along training (docs/method.md, roles along training).</summary>
public sealed record ReportRole
{
    /// <summary>The role's word, e.g. <c>copy-suppression</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The task whose circuit it is looked for in.</summary>
    public required string Task { get; init; }

    /// <summary>The head in which the role appears first, or the one that scores highest where it is seen to last in none, e.g. <c>a3.h1</c>; <see langword="null"/> without one.</summary>
    public required string? FirstHead { get; init; }

    /// <summary>The first head's score.</summary>
    public required ImmutableArray<double?> Score { get; init; }

    /// <summary>Its 95 % interval over what it was measured on; <see langword="null"/> where results don't keep that apart.</summary>
    public ImmutableArray<ReportInterval?> ScoreInterval { get; init; } = [];

    /// <summary>Sum of the scores of the heads in the circuit, over its maximum.</summary>
    public required ImmutableArray<double?> CircuitSum { get; init; }

    /// <summary>Its 95 % interval, the maximum taken as it is; <see langword="null"/> where results have nothing to resample.</summary>
    public ImmutableArray<ReportInterval?> CircuitSumInterval { get; init; } = [];

    /// <summary>How many heads have the role by the whole of their own 95 % interval, and how many by some of it; <see langword="null"/> where that isn't known.</summary>
    public ImmutableArray<ReportInterval?> HeadsBetween { get; init; } = [];

    /// <summary>Heads that have the role, at 0.33 of the highest score of any, h of layer l as l·H + h.</summary>
    public required ImmutableArray<ImmutableArray<int>> Heads { get; init; }

    /// <summary>How these differ from the checkpoint's before; <see langword="null"/> at the first.</summary>
    public required ImmutableArray<ReportTurnover?> Turnover { get; init; }

    /// <summary>Of the first head's score.</summary>
    public required ReportOnset Onset { get; init; }

    /// <summary>Of the circuit's sum.</summary>
    public required ReportOnset CircuitOnset { get; init; }

    /// <summary>The role against its task: <c>before</c>, <c>with</c>, <c>after</c>, <c>undetermined</c>, <c>gone</c>, <c>not-seen</c> or <c>no-task</c>.</summary>
    public required string Order { get; init; }

    /// <summary>The circuit's sum against the task, likewise.</summary>
    public required string CircuitOrder { get; init; }

    /// <summary>All heads' scores as figures show them, [L·H], to four decimals; none for a checkpoint without the role, no checkpoint where they are left out.</summary>
    public required ImmutableArray<ImmutableArray<double>> Scores { get; init; }

    /// <summary>Every layer's share of the positive scores at the last checkpoint; empty where that hasn't the role.</summary>
    public required ImmutableArray<double> Profile { get; init; }

    /// <summary>95 % intervals of these shares; empty where results have nothing to resample.</summary>
    public ImmutableArray<ReportInterval> ProfileInterval { get; init; } = [];

    /// <summary>The profile's mean depth, from 0 (first layer) to 1 (last).</summary>
    public required double? MeanDepth { get; init; }
}

/// <param name="Jaccard">Similarity to the set of the checkpoint before.</param>
/// <param name="Entering">Heads that weren't in it.</param>
/// <param name="Leaving">Heads that are no longer.</param>
/// <param name="EverSeen">Heads that have had the role so far.</param>
public sealed record ReportTurnover(double Jaccard, int Entering, int Leaving, int EverSeen);

/// <summary>The shares of the IOI algorithm at a checkpoint (docs/method.md, the IOI algorithm).</summary>
/// <param name="InCircuit">Over the heads in the checkpoint's IOI circuit, the figure's; <see langword="null"/> where they weren't measured.</param>
/// <param name="AllHeads">Over all heads.</param>
public sealed record ReportAlgorithm(
    ReportAlgorithmShares? InCircuit,
    ReportAlgorithmShares AllHeads,
    ImmutableArray<string> NameMovers,
    ImmutableArray<string> NegativeNameMovers,
    ImmutableArray<string> CopySuppression,
    ImmutableArray<string> NegativeCopySuppression)
{
    /// <summary>Why no share is given: what effects are measured in isn't surely there. <see langword="null"/> where shares are given.</summary>
    public string? NoSharesBecause { get; init; }

    /// <summary>By how many logits corruption lowers the mean logit difference; <see langword="null"/> where stored scores don't tell.</summary>
    public double? LogitDifferenceLost { get; init; }

    /// <summary>Its 95 % interval over blocks of prompts.</summary>
    public ReportInterval? LogitDifferenceLostInterval { get; init; }
}

/// <param name="Direct">B: of the direct effects, by name movers, copy suppression heads, and negative ones.</param>
/// <param name="Queries">C: of the effects on the name movers' queries, by S-inhibition heads; <see langword="null"/> without name movers.</param>
/// <param name="Values">D: of the effects on the S-inhibition heads' values, by induction and duplicate-token heads; <see langword="null"/> without such heads.</param>
public sealed record ReportAlgorithmShares(
    ReportEffectShare Direct,
    ReportEffectShare? Queries,
    ReportEffectShare? Values,
    ImmutableArray<string> SInhibition,
    ImmutableArray<string> Induction,
    ImmutableArray<string> DuplicateToken)
{
    /// <summary>Every kind of head with what it carries for the task and against it.</summary>
    public ImmutableArray<ReportCarrier> Carriers { get; init; } = [];
}

/// <param name="Role">The kind of head: <c>name-mover</c>, <c>negative-name-mover</c>, …</param>
/// <param name="Helping">The heads of this kind without which the metric falls.</param>
/// <param name="Hindering">Those of this kind that work against the task.</param>
/// <param name="HelpingShare">Percent of the step's Σ|e| that the helping ones carry; <see langword="null"/> where no share is given.</param>
/// <param name="HinderingShare">Percent that the hindering ones carry.</param>
public sealed record ReportCarrier(string Role, ImmutableArray<string> Helping, ImmutableArray<string> Hindering, double? HelpingShare, double? HinderingShare);

/// <summary>How much of some effects the algorithm's heads carry, in percent; <see langword="null"/> where there is no effect, or no share is given.</summary>
/// <param name="Absolute">Of the sum of |e|.</param>
/// <param name="Signed">Of the sum of e; any number, because effects cancel.</param>
public sealed record ReportEffectShare(double? Absolute, double? Signed)
{
    /// <summary>What of the absolute share heads carry that work for the task.</summary>
    public double? Helping { get; init; }

    /// <summary>What of the absolute share heads carry that work against it.</summary>
    public double? Hindering { get; init; }

    /// <summary>95 % interval of the absolute share over prompts; <see langword="null"/> where results keep no samples.</summary>
    public ReportInterval? AbsoluteInterval { get; init; }

    /// <summary>That of the signed one.</summary>
    public ReportInterval? SignedInterval { get; init; }
}

/// <summary>The roles of two models, at the last checkpoint of each.</summary>
/// <param name="First">The model with fewer parameters.</param>
/// <param name="Second">The other.</param>
/// <param name="Distances">Of the profiles of every role that both have.</param>
/// <param name="Matches">Heads of the two that are for the same things; only for models that are neighbours in size.</param>
public sealed record ReportRolePair(string First, string Second, ImmutableArray<ReportRoleDistance> Distances, ImmutableArray<ReportHeadMatch> Matches);

/// <param name="Distance">Area between the cumulative profiles, from 0 to 1; <see langword="null"/> where one is empty.</param>
public sealed record ReportRoleDistance(string Role, double? Distance);

/// <param name="First">A head of the first model.</param>
/// <param name="Second">Its counterpart.</param>
/// <param name="Distance">Euclidean distance of their scores, each role scaled by its highest score in either model.</param>
public sealed record ReportHeadMatch(string First, string Second, double Distance);
