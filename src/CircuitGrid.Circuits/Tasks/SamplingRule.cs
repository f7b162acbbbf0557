namespace CircuitGrid.Circuits.Tasks;

/// <summary>What the blocks of a task's examples are drawn from, and so what statements about circuits hold over.</summary>
public enum SamplingRule
{
    /// <summary>Templates where a task has enough of them, and other prompts of the same templates where it hasn't.</summary>
    Templates,

    /// <summary>Prompts of the same templates.</summary>
    Examples,
}
