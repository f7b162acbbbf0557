using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// What one plain forward pass leaves behind: the outputs of all source nodes (those of heads before W_O) and the residual
/// stream that each layer's slots read. T rows of the batch; in a run to the answers what lies behind the last layer's attention has a row
/// for each answer instead.
/// </summary>
public sealed class SourceRun : IDisposable
{
    internal SourceRun(Tensor embedding, int layers)
    {
        Embedding = embedding;
        Residual = new Tensor[layers];
        MlpResidual = new Tensor[layers];
        Heads = new Tensor[layers];
        Mlp = new Tensor[layers];
        Attention = new Tensor?[layers];
    }

    /// <summary>Node <c>input</c>: the token embeddings [T, D], without positions.</summary>
    public Tensor Embedding { get; }

    /// <summary>Per layer, the residual stream the attention slots read, [T, D].</summary>
    public Tensor[] Residual { get; }

    /// <summary>Per layer, the residual stream the MLP slot reads, [T, D]; in a parallel model the very tensor of <see cref="Residual"/>.</summary>
    public Tensor[] MlpResidual { get; }

    /// <summary>Per layer, z of all heads side by side, [T, H·dh]; head h outputs z_h·W_O,h.</summary>
    public Tensor[] Heads { get; }

    /// <summary>Per layer, the MLP's output [T, D], its output bias included.</summary>
    public Tensor[] Mlp { get; }

    /// <summary>Per layer, attention's output before the norm behind it, Σ_h z_h·W_O,h + b_O, [T, D]; nothing where a model has no such norm.</summary>
    public Tensor?[] Attention { get; }

    /// <summary>The residual stream the logits slot reads, [T, D].</summary>
    public Tensor FinalResidual { get; internal set; } = null!;

    /// <summary>What gradients need of the run, if that was asked for.</summary>
    internal GradientRun? Gradients { get; set; }

    /// <summary>Hands over what gradients need of the run.</summary>
    internal GradientRun? TakeGradients()
    {
        var taken = Gradients;
        Gradients = null;
        return taken;
    }

    /// <summary>Takes over attention's output before the norm behind it.</summary>
    internal void Keep(int layer, PassedNorm? passed)
    {
        Attention[layer] = passed?.Input;
        passed?.InverseScale.Dispose();
    }

    public void Dispose()
    {
        Embedding.Dispose();
        for (var l = 0; l < Residual.Length; l++)
        {
            Residual[l]?.Dispose();
            if (!ReferenceEquals(Residual[l], MlpResidual[l]))
            {
                MlpResidual[l]?.Dispose();
            }

            Heads[l]?.Dispose();
            Mlp[l]?.Dispose();
            Attention[l]?.Dispose();
        }

        FinalResidual?.Dispose();
        Gradients?.Dispose();
    }
}
