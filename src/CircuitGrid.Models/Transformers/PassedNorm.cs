using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>What went through a norm behind attention or an MLP.</summary>
/// <param name="Input">What it read, [R, D].</param>
/// <param name="InverseScale">1/σ of it, [R].</param>
internal sealed record PassedNorm(Tensor Input, Tensor InverseScale) : IDisposable
{
    public void Dispose()
    {
        Input.Dispose();
        InverseScale.Dispose();
    }
}
