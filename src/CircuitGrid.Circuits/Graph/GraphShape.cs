using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Circuits.Graph;

/// <summary>What determines the computational graph of a model.</summary>
/// <param name="Layers">L.</param>
/// <param name="Heads">H.</param>
/// <param name="Parallel">Attention and MLP of a layer read the same residual stream.</param>
/// <param name="Width">d_model; no part of the graph, but of its file.</param>
public sealed record GraphShape(int Layers, int Heads, bool Parallel, int Width)
{
    public static GraphShape Of(ModelConfig config) => new(config.Layers, config.Heads, config.ParallelResidual, config.Width);
}
