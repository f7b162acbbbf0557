using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>What slots read of a residual stream.</summary>
/// <param name="Xhat">The normalised stream x̂, [R, D]; of a layer's MLP in a parallel model the very tensor of its heads.</param>
/// <param name="InverseScale">1/σ of the stream, [R].</param>
/// <param name="Projection">x̂'s projection, [R, n].</param>
internal sealed record SlotReading(Tensor Xhat, Tensor InverseScale, Tensor Projection) : IDisposable
{
    public void Dispose()
    {
        Xhat.Dispose();
        InverseScale.Dispose();
        Projection.Dispose();
    }
}
