namespace CircuitGrid.Circuits.Tests.Truths;

/// <summary>
/// Factors of a run that later runs take as constants: σ of every slot's LayerNorm and f(x)/x of every hidden unit. With them held a model is the one
/// whose gradients are RelP's relevances.
/// </summary>
internal sealed class HeldFactors
{
    private readonly Dictionary<(string What, int Index, int Position, int Unit), double> values = [];

    /// <summary>The value a factor had first.</summary>
    public double Hold((string What, int Index, int Position, int Unit) factor, double value) => values.TryAdd(factor, value) ? value : values[factor];
}
