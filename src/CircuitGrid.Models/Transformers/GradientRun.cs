using CircuitGrid.Compute;

namespace CircuitGrid.Models.Transformers;

/// <summary>
/// What a forward pass keeps so that gradients can be carried back from its answers to every slot. R rows; behind the last layer's attention
/// there are the answers' alone.
/// </summary>
public sealed class GradientRun : IDisposable
{
    internal GradientRun(int layers, Sequences sequences, RowSelection answers)
    {
        Layers = new Layer[layers];
        Sequences = sequences;
        Answers = answers;
    }

    internal Layer[] Layers { get; }

    /// <summary>Sequences of the R rows.</summary>
    internal Sequences Sequences { get; }

    internal RowSelection Answers { get; }

    /// <summary>The residual stream the logits slot reads, a row for each answer row, [N, D].</summary>
    internal Tensor FinalResidual { get; set; } = null!;

    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer?.Dispose();
        }

        FinalResidual?.Dispose();
    }

    /// <summary>What a layer's slots read.</summary>
    /// <param name="Attention">Of all its heads: queries, keys and values side by side as they were projected, [R, (H + 2·K)·dh].</param>
    /// <param name="Mlp">Of its MLP: the hidden layer before the activation, [R, F] or [R, 2·F].</param>
    internal sealed record Layer(SlotReading Attention, SlotReading Mlp) : IDisposable
    {
        /// <summary>What went through the norm behind attention, where there is one.</summary>
        public PassedNorm? AttentionNorm { get; init; }

        /// <summary>What went through the norm behind the MLP, where there is one.</summary>
        public PassedNorm? MlpNorm { get; init; }

        public void Dispose()
        {
            Attention.Dispose();
            Mlp.Dispose();
            AttentionNorm?.Dispose();
            MlpNorm?.Dispose();
        }
    }
}
