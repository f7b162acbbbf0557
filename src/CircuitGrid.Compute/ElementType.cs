namespace CircuitGrid.Compute;

/// <summary>What a tensor's elements are. Activations and gradients are <see cref="Float32"/>, score accumulators <see cref="Float64"/>.</summary>
public enum ElementType
{
    Float32,
    Float64,
}
