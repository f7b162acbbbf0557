using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;

namespace CircuitGrid.Experiments.Specification;

/// <summary>Which examples find a circuit and which judge it.</summary>
public enum SplitRule
{
    /// <summary>Those of the even blocks find, those of the odd blocks judge.</summary>
    Half,

    /// <summary>All do both, as in the paper.</summary>
    None,
}

/// <summary>How a cell is to be analysed, as an experiment asks for it; <see cref="Resolve(int, TaskDataset)"/> fixes what depends on the graph.</summary>
public sealed record AnalysisSpec
{
    public AttributionMethod Method { get; init; } = AttributionMethod.EapIg;

    /// <summary>Integration points of <see cref="AttributionMethod.EapIg"/>.</summary>
    public int Steps { get; init; } = 5;

    public IntegrationPoints Points { get; init; } = IntegrationPoints.CorruptedEnd;

    public SelectionRule Selection { get; init; } = SelectionRule.Greedy;

    /// <summary>Rank edges by |score|, not by the signed score.</summary>
    public bool Absolute { get; init; } = true;

    /// <summary>The faithfulness at which a circuit is large enough.</summary>
    public double Threshold { get; init; } = 0.8;

    public EdgeLimit MaxEdges { get; init; } = EdgeLimit.Default;

    /// <summary>Blocks of neighbouring examples whose scores are kept apart; by default 32 below 100,000 edges and 8 above.</summary>
    public int? Blocks { get; init; }

    public SplitRule Split { get; init; } = SplitRule.Half;

    public AblationKind Ablation { get; init; } = AblationKind.Patching;

    /// <summary>How the size of a circuit is found.</summary>
    public SearchRule Search { get; init; } = SearchRule.Grid;

    /// <summary>What blocks of examples are drawn from.</summary>
    public SamplingRule Sampling { get; init; } = SamplingRule.Templates;

    /// <summary>The analysis of a data set on a graph with so many edges, everything written out.</summary>
    public CellAnalysis Resolve(int edges, TaskDataset dataset) =>
        Resolve(edges, dataset.Examples.Length) with { Sampling = SamplingUnits.RuleOf(dataset, Sampling) };

    /// <summary>The analysis of a task with so many examples that name no templates.</summary>
    public CellAnalysis Resolve(int edges, int examples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(edges, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        return new(
            Method,
            Steps,
            Points,
            Selection,
            Absolute,
            Threshold,
            MaxEdges.In(edges),
            Math.Min(Blocks ?? BlockScores.DefaultBlocks(edges), examples),
            Split,
            Ablation)
        { Search = Search };
    }
}
