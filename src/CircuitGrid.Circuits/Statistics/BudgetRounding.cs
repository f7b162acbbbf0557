namespace CircuitGrid.Circuits.Statistics;

/// <summary>How a share of the edges becomes a number of them.</summary>
public enum BudgetRounding
{
    /// <summary>The nearest whole number, of two equally near ones the even one.</summary>
    Nearest,

    /// <summary>The whole part, as MIB's code has it.</summary>
    Floor,
}
