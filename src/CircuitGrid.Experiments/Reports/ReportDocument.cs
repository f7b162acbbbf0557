using System.Collections.Immutable;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports;

/// <summary>
/// An experiment's results as the page and the HTTP API show them, to be written by <see cref="ReportJson"/>. A number that couldn't be
/// measured is <see langword="null"/>.
/// </summary>
public sealed record ReportDocument
{
    /// <summary>The version of this shape.</summary>
    public int Version { get; init; } = 1;

    public required string Title { get; init; }

    public required string Suite { get; init; }

    /// <summary>Tokens of a training step, as the suite states them; <see langword="null"/> where it doesn't.</summary>
    public required long? TokensPerStep { get; init; }

    /// <summary>
    /// How the tokens in the document are known, as for the cell of which least is known. Where nobody knows them, they are steps of training, earlier
    /// stages included.
    /// </summary>
    public TokensKnown TokensKnown { get; init; }

    /// <summary>Tokens of a training step as they are assumed; <see langword="null"/> where none are.</summary>
    public long? TokensPerStepAssumed { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>Name and version of the program.</summary>
    public required string Program { get; init; }

    public required ReportAnalysis Analysis { get; init; }

    /// <summary>In the suite's order.</summary>
    public required ImmutableArray<ReportModel> Models { get; init; }

    /// <summary>In the experiment's order.</summary>
    public required ImmutableArray<ReportTask> Tasks { get; init; }

    /// <summary>The cells that have a result, by model, step and task.</summary>
    public required ImmutableArray<ReportCell> Cells { get; init; }

    /// <summary>The circuits of those cells.</summary>
    public required ImmutableArray<ReportCircuit> Circuits { get; init; }

    /// <summary>Circuits left out to keep the document small; their cells are there.</summary>
    public required int CircuitsLeftOut { get; init; }

    /// <summary>The experiment is so large that intervals of sizes, inclusion of edges and differences beyond noise weren't computed.</summary>
    public bool UncertaintyLeftOut { get; init; }

    public required ImmutableArray<ReportTrajectory> Trajectories { get; init; }

    public required ImmutableArray<ReportScale> Scale { get; init; }

    /// <summary>How circuits change from the smallest model to the largest; <see langword="null"/> where no task has circuits of two sizes.</summary>
    public ReportGrowth? Growth { get; init; }

    /// <summary>What came out, in sentences (<see cref="Findings.ReportFindings"/>).</summary>
    public ImmutableArray<string> Findings { get; init; } = [];

    /// <summary>Checkpoints that must show something before it counts as there.</summary>
    public int OnsetRun { get; init; } = Onset.RunLength;

    /// <summary>What a head, or a circuit's heads together, must score for a role to count as there.</summary>
    public double RoleThreshold { get; init; } = RoleTrajectory.Threshold;

    /// <summary>When every model learns every task.</summary>
    public ImmutableArray<ReportTaskOnset> TaskOnsets { get; init; } = [];

    /// <summary>What the heads of every model are for, by parameters; empty where the experiment has no head scores.</summary>
    public ImmutableArray<ReportModelRoles> Roles { get; init; } = [];

    /// <summary>How alike the roles of every two models are.</summary>
    public ImmutableArray<ReportRolePair> RolePairs { get; init; } = [];

    /// <summary>What looks like a checkpoint of the suite and isn't analysed.</summary>
    public ImmutableArray<ReportLeftOut> LeftOut { get; init; } = [];

    /// <summary>How much else in the suite's folder isn't analysed.</summary>
    public int OthersLeftOut { get; init; }
}

/// <summary>The analysis in the words of an experiment's file; what has no effect is <see langword="null"/>.</summary>
public sealed record ReportAnalysis(
    string Method,
    int? Steps,
    string? Points,
    string Selection,
    bool Absolute,
    double Threshold,
    string MaxEdges,
    string Blocks,
    string Split,
    string Ablation,
    string Search,
    string Sampling,
    string Numerics);

/// <param name="Heads">Attention heads of a layer.</param>
/// <param name="Parallel">Attention and MLP of a layer read the same residual stream.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="Edges">Edges of the whole graph.</param>
public sealed record ReportModel(string Name, long Parameters, long NonEmbeddingParameters, int Layers, int Heads, bool Parallel, int Width, long Edges)
{
    /// <summary>The stage of training; <see langword="null"/> where there is one only.</summary>
    public string? Stage { get; init; }

    /// <summary>The branch of the stage; <see langword="null"/> where it has none.</summary>
    public string? Branch { get; init; }

    /// <summary>The seed; <see langword="null"/> where names say none.</summary>
    public string? Seed { get; init; }

    /// <summary>Name of the model whose training this one's goes on from, which need not be of the report; <see langword="null"/> for none.</summary>
    public string? Parent { get; init; }
}

/// <param name="Metric">The metric's word: <c>logit-diff</c>, <c>prob-diff</c>, <c>log-prob</c>, <c>log-prob-diff</c> or <c>kl</c>.</param>
/// <param name="Unit">What the metric is counted in.</param>
/// <param name="Examples">Number of examples; the largest where models differ.</param>
public sealed record ReportTask(string Name, string Title, string Metric, string Unit, int Examples);

/// <summary>A cell; what a circuit is needed for is <see langword="null"/> without one.</summary>
public sealed record ReportCell
{
    public required string Model { get; init; }

    public required int Step { get; init; }

    public required long Tokens { get; init; }

    /// <summary>How <see cref="Tokens"/> are known; they are steps where nobody knows them.</summary>
    public TokensKnown TokensKnown { get; init; }

    public required string Task { get; init; }

    /// <summary><c>reached</c>, <c>not-reached</c> or <c>no-task</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What the model makes of the task: <c>task</c>, <c>no-task</c>, <c>against</c> where its metric is significantly below zero, or <c>one-example</c>, which can't tell.</summary>
    public required string State { get; init; }

    public required double? Metric { get; init; }

    /// <summary>Lower end of the metric's 95 % interval.</summary>
    public required double? MetricLow { get; init; }

    /// <summary>Upper end of the metric's 95 % interval.</summary>
    public required double? MetricHigh { get; init; }

    /// <summary>The metric with everything ablated.</summary>
    public required double? CorruptedMetric { get; init; }

    public required double Accuracy { get; init; }

    public double? FaithfulnessFound { get; init; }

    public double? FaithfulnessJudged { get; init; }

    public double? NormalizedFound { get; init; }

    public double? NormalizedJudged { get; init; }

    public int? Edges { get; init; }

    public int? Nodes { get; init; }

    /// <summary>The circuit's share of all edges.</summary>
    public double? EdgeShare { get; init; }

    /// <summary>Edges taken before pruning.</summary>
    public int? Budget { get; init; }

    /// <summary>How well the examples fix the size; <see langword="null"/> in results that don't keep their metrics by blocks.</summary>
    public ReportSizeInterval? SizeInterval { get; init; }

    /// <summary>The same for normalised faithfulness.</summary>
    public ReportSizeInterval? NormalizedSizeInterval { get; init; }

    /// <summary>Every size evaluated, by budget.</summary>
    public required ImmutableArray<ReportSize> Search { get; init; }

    /// <summary>Seconds its analysis took.</summary>
    public double? Seconds { get; init; }
}

/// <param name="Budget">Edges taken before pruning.</param>
/// <param name="Edges">Edges after pruning.</param>
/// <param name="Nodes">Nodes after pruning.</param>
/// <param name="Found">Faithfulness on the examples that find.</param>
/// <param name="Judged">Faithfulness on the examples that judge.</param>
public sealed record ReportSize(int Budget, int Edges, int Nodes, double? Found, double? Judged);

/// <summary>The smallest budget that keeps the threshold, with its 95 % interval, and the pruned circuits at its ends.</summary>
/// <param name="Budget">Edges taken before pruning; <see langword="null"/> where none keeps it.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end; <see langword="null"/> where the threshold isn't always reached, so that there is none.</param>
/// <param name="EdgesLow">Edges after pruning at the lower end.</param>
/// <param name="EdgesHigh">Edges after pruning at the upper end.</param>
/// <param name="NodesLow">Nodes at the lower end.</param>
/// <param name="NodesHigh">Nodes at the upper end.</param>
/// <param name="IsDetermined">Whether the interval is no wider than neighbouring sizes of the grid are apart.</param>
/// <param name="IncludesRanking">Whether it says how another ranking's size would differ; results of a bisection don't know.</param>
public sealed record ReportSizeInterval(
    double? Budget, double Low, double? High, int EdgesLow, int? EdgesHigh, int NodesLow, int? NodesHigh, bool IsDetermined, bool IncludesRanking);

/// <param name="Edges">The circuit's edges, in canonical order.</param>
public sealed record ReportCircuit(string Model, string Task, int Step, ImmutableArray<ReportEdge> Edges);

/// <summary>An edge of a circuit, written as an array of its members, without the last where it isn't known.</summary>
/// <param name="Source">Forward index of its source (method, §2.4).</param>
/// <param name="Slot">Backward index of its slot.</param>
/// <param name="Score">Its score.</param>
/// <param name="Inclusion">Share of the resamples of the examples whose circuit has it.</param>
public readonly record struct ReportEdge(int Source, int Slot, float Score, double? Inclusion = null);

/// <summary>How the circuits of two consecutive included checkpoints differ; what can't be computed is <see langword="null"/>.</summary>
public sealed record ReportDifference
{
    /// <summary><c>different</c>, <c>same</c> (within the margin), <c>undecided</c>, <c>no-circuit</c> or <c>too-few-blocks</c>.</summary>
    public required string Verdict { get; init; }

    /// <summary>What the verdict holds over: <c>templates</c> of the task, or <c>examples</c> of these templates.</summary>
    public required string Scope { get; init; }

    /// <summary>Of the sizes: <c>different</c>, <c>same</c>, <c>undecided</c> or <c>unknown</c>.</summary>
    public required string SizeVerdict { get; init; }

    /// <summary>Jaccard similarity of the edges, corrected for random sets of as many.</summary>
    public required double? Corrected { get; init; }

    /// <summary>The same, corrected for random circuits that keep the number of edges of every source and slot.</summary>
    public double? DegreeCorrected { get; init; }

    /// <summary>J_ab, between circuits of disjoint halves of the examples.</summary>
    public double? Across { get; init; }

    /// <summary>√(J_aa·J_bb), where noise alone leaves J_ab.</summary>
    public double? Ceiling { get; init; }

    /// <summary>J_ab − √(J_aa·J_bb).</summary>
    public double? Difference { get; init; }

    /// <summary>Lower end of its 95 % interval.</summary>
    public double? Low { get; init; }

    /// <summary>Upper end of its 95 % interval.</summary>
    public double? High { get; init; }

    /// <summary>The shortfall that so many examples would have shown in 80 % of the cases; <see langword="null"/> where they could show none.</summary>
    public double? SmallestShown { get; init; }

    /// <summary>p value of no difference, one-sided: different at 0.025.</summary>
    public double? P { get; init; }

    /// <summary>The p value adjusted over all pairs of the report after Benjamini and Hochberg.</summary>
    public double? Hochberg { get; init; }

    /// <summary>The same after Benjamini and Yekutieli.</summary>
    public double? Yekutieli { get; init; }

    /// <summary>Whether the difference passes at a false-discovery rate of 0.05 (Benjamini and Hochberg).</summary>
    public bool? Discovered { get; init; }

    /// <summary>Faithfulness of the earlier circuit in the later one's place; only of circuits that differ.</summary>
    public double? EarlierOnLater { get; init; }

    /// <summary>Faithfulness of the later circuit in the earlier one's place.</summary>
    public double? LaterOnEarlier { get; init; }

    /// <summary>Why the two weren't judged in each other's place, in words.</summary>
    public string? Unjudged { get; init; }

    /// <summary>Another report may judge them.</summary>
    public bool? JudgedLater { get; init; }
}

/// <summary>Where a training branches off another model's: the last circuit there and the first one here.</summary>
/// <param name="Model">The other model.</param>
/// <param name="From">Its step.</param>
/// <param name="To">The step here.</param>
/// <param name="EdgeJaccard">Jaccard similarity of their edges.</param>
/// <param name="NodeJaccard">Jaccard similarity of their nodes.</param>
/// <param name="Difference">Whether they differ.</param>
public sealed record ReportBranch(string Model, int From, int To, double? EdgeJaccard, double? NodeJaccard, ReportDifference Difference);

/// <summary>
/// A trajectory over n checkpoints. Entry i of the pair arrays (n − 1 long) compares checkpoint i with the next included one, whose step
/// <see cref="PairTo"/> names; entries of checkpoints that aren't included are <see langword="null"/>, and so are overlaps without a circuit.
/// </summary>
public sealed record ReportTrajectory
{
    public required string Model { get; init; }

    public required string Task { get; init; }

    public required ImmutableArray<int> Steps { get; init; }

    public required ImmutableArray<long> Tokens { get; init; }

    public required ImmutableArray<bool> Included { get; init; }

    public required ImmutableArray<int?> PairTo { get; init; }

    public required ImmutableArray<double?> EdgeJaccard { get; init; }

    public required ImmutableArray<double?> NodeJaccard { get; init; }

    /// <summary>Over the scores of all edges.</summary>
    public required ImmutableArray<double?> WeightedJaccard { get; init; }

    /// <summary>Over the scores of the edges in the two circuits.</summary>
    public required ImmutableArray<double?> WeightedJaccardInCircuits { get; init; }

    public required ImmutableArray<double?> EdgeEwma { get; init; }

    public required ImmutableArray<double?> NodeEwma { get; init; }

    /// <summary>How the first circuit compares with the last one of the model that the training goes on from; <see langword="null"/> where there is none.</summary>
    public ReportBranch? Branch { get; init; }

    /// <summary>95 % interval of <see cref="EdgeEwma"/> over the choice of examples; <see langword="null"/> where it wasn't computed.</summary>
    public ImmutableArray<ReportInterval?> EdgeEwmaInterval { get; init; } = [];

    /// <summary>95 % interval of <see cref="NodeEwma"/>.</summary>
    public ImmutableArray<ReportInterval?> NodeEwmaInterval { get; init; } = [];

    /// <summary>How each pair's circuits differ.</summary>
    public ImmutableArray<ReportDifference?> Differences { get; init; } = [];

    /// <summary>Jaccard similarity of the edges of all pairs, to four decimals.</summary>
    public required ImmutableArray<ImmutableArray<double?>> EdgeOverlap { get; init; }

    /// <summary>Jaccard similarity of the nodes of all pairs, to four decimals.</summary>
    public required ImmutableArray<ImmutableArray<double?>> NodeOverlap { get; init; }
}

/// <summary>A 95 % interval.</summary>
public sealed record ReportInterval(double Low, double High);

/// <summary>
/// Circuit size against model size for one task. Correlations are of mean nodes over <see cref="Sizes"/>, each with its 95 % interval; under six sizes there are none.
/// </summary>
public sealed record ReportScale(string Task, ImmutableArray<ReportScalePoint> Points)
{
    /// <summary>The models of one number of parameters together, ascending.</summary>
    public required ImmutableArray<ReportScaleSize> Sizes { get; init; }

    /// <summary>Why there are no correlations, in words; <see langword="null"/> where there are.</summary>
    public required string? NoCorrelation { get; init; }

    public double? PearsonParameters { get; init; }

    public ReportInterval? PearsonParametersInterval { get; init; }

    public double? SpearmanParameters { get; init; }

    public ReportInterval? SpearmanParametersInterval { get; init; }

    public double? PearsonHeads { get; init; }

    public ReportInterval? PearsonHeadsInterval { get; init; }

    public double? SpearmanHeads { get; init; }

    public ReportInterval? SpearmanHeadsInterval { get; init; }

    /// <summary>Spearman's ρ of <see cref="ReportScaleSize.MeanJaccard"/> with parameters, over the sizes that have it.</summary>
    public double? SpearmanStability { get; init; }

    public ReportInterval? SpearmanStabilityInterval { get; init; }
}

/// <summary>A size: all models of one number of parameters, its replicates.</summary>
/// <param name="Parameters">Their number of parameters.</param>
/// <param name="Models">Their names.</param>
/// <param name="MeanEdges">Mean over models of their mean edges.</param>
/// <param name="MeanNodes">Mean over models of their mean nodes.</param>
/// <param name="MeanNodesInterval">Its 95 % interval, Student's with one degree of freedom less than there are models; <see langword="null"/> for a single one.</param>
public sealed record ReportScaleSize(long Parameters, ImmutableArray<string> Models, double? MeanEdges, double? MeanNodes, ReportInterval? MeanNodesInterval)
{
    /// <summary>Mean over the models that have it of <see cref="ReportScalePoint.MeanJaccard"/>.</summary>
    public double? MeanJaccard { get; init; }

    /// <summary>Its interval, likewise.</summary>
    public ReportInterval? MeanJaccardInterval { get; init; }
}

/// <param name="Heads">Attention heads of all layers together.</param>
/// <param name="Checkpoints">How many checkpoints the means are of.</param>
public sealed record ReportScalePoint(string Model, long Parameters, int Heads, double? MeanEdges, double? MeanNodes, int Checkpoints)
{
    /// <summary>Mean Jaccard similarity of the edges of consecutive included checkpoints.</summary>
    public double? MeanJaccard { get; init; }
}

/// <summary>
/// How circuits change from the smallest size to the largest, models of one size averaged: means over the tasks that both have circuits for, with Student's interval
/// over tasks, which stand for tasks like them.
/// </summary>
/// <param name="Smallest">The models with the fewest parameters.</param>
/// <param name="Largest">Those with the most.</param>
/// <param name="Tasks">How many tasks both have circuits for.</param>
/// <param name="NodeRatio">Geometric mean of the ratio of their mean nodes, the larger size's over the smaller one's.</param>
/// <param name="NodeRatioInterval">Its interval; <see langword="null"/> for a single task.</param>
/// <param name="JaccardDifference">
/// Mean difference of <see cref="ReportScaleSize.MeanJaccard"/>, the larger size's less the smaller one's; <see langword="null"/> where no task has both.
/// </param>
/// <param name="JaccardDifferenceInterval">Its interval; <see langword="null"/> for a single task.</param>
public sealed record ReportGrowth(
    ImmutableArray<string> Smallest,
    ImmutableArray<string> Largest,
    int Tasks,
    double NodeRatio,
    ReportInterval? NodeRatioInterval,
    double? JaccardDifference,
    ReportInterval? JaccardDifferenceInterval);
