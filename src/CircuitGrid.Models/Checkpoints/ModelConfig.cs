using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>Families of checkpoints whose layout is known.</summary>
public enum Architecture
{
    GptNeoX,
    Gpt2,
}

/// <summary>The shape of a model, as its <c>config.json</c> states it.</summary>
public sealed partial record ModelConfig
{
    public required Architecture Architecture { get; init; }

    /// <summary>L, the number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H, the attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>D = d_model, the width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>d_mlp, the width of the MLP's hidden layer.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>V, the rows of the embedding; at least the tokenizer's size.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>ε in every LayerNorm.</summary>
    public required double LayerNormEpsilon { get; init; }

    public required Activation Activation { get; init; }

    /// <summary>Attention and MLP read the same residual stream (GPT-NeoX), instead of the MLP reading attention's result (GPT-2).</summary>
    public required bool ParallelResidual { get; init; }

    /// <summary>The unembedding is the embedding.</summary>
    public required bool TiedUnembedding { get; init; }

    /// <summary>Rotary positions; <see langword="null"/> where positions are learned embeddings.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>dh = D/H, the width of a head.</summary>
    public int HeadWidth => Width / Heads;
}
