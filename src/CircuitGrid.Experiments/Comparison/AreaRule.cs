using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Experiments.Comparison;

/// <summary>Which circuits CPR and CMD are areas of.</summary>
public enum AreaRule
{
    /// <summary>Selected as the cell's analysis selects, at budgets rounded to the nearest edge.</summary>
    Cell,

    /// <summary>As MIB's code has it: the n edges of best score, n being the whole part of the share of edges.</summary>
    Mib,
}

/// <summary>What the rules stand for.</summary>
public static class AreaRules
{
    /// <summary>The words of the rules.</summary>
    public static OptionNames<AreaRule> Names { get; } = new(("cell", AreaRule.Cell), ("mib", AreaRule.Mib));

    /// <summary>The words of <see cref="BudgetOf"/>.</summary>
    public static OptionNames<BudgetRounding> BudgetNames { get; } = new(("nearest", BudgetRounding.Nearest), ("floor", BudgetRounding.Floor));

    /// <summary>How edges are selected.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="analysis">The cell's analysis.</param>
    public static SelectionRule SelectionOf(AreaRule rule, CellAnalysis analysis) => rule == AreaRule.Mib ? SelectionRule.TopN : analysis.Selection;

    /// <summary>How a share of the edges becomes a budget.</summary>
    public static BudgetRounding BudgetOf(AreaRule rule) => rule == AreaRule.Mib ? BudgetRounding.Floor : BudgetRounding.Nearest;
}
