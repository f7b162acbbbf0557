using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures;

/// <summary>
/// A model as its <c>config.json</c> states it: a decoder's sizes, and the switches in which families differ (docs/method.md, families). What isn't given
/// is as in GPT-2.
/// </summary>
public sealed partial record ModelConfig
{
    public required ModelFamily Family { get; init; }

    /// <summary>L, the number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>H, the attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>D = d_model, the width of the residual stream.</summary>
    public required int Width { get; init; }

    /// <summary>F = d_mlp, the width of the MLP's hidden layer; of a gated one, of each half.</summary>
    public required int MlpWidth { get; init; }

    /// <summary>V, the rows of the embedding; at least the tokenizer's size.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence the model was made for.</summary>
    public required int ContextLength { get; init; }

    /// <summary>The norms.</summary>
    public required NormRules Norms { get; init; }

    /// <summary>The MLP's nonlinearity; the numbers that xIELU has are a layer's weights.</summary>
    public required Activation Activation { get; init; }

    /// <summary>Attention and MLP read the same residual stream (GPT-NeoX), instead of the MLP reading attention's result (GPT-2).</summary>
    public required bool ParallelResidual { get; init; }

    /// <summary>The unembedding is the embedding.</summary>
    public required bool TiedUnembedding { get; init; }

    /// <summary>Rotary positions; <see langword="null"/> where positions are learned embeddings.</summary>
    public Rotary? Rotary { get; init; }

    /// <summary>H/K: neighbouring heads that share a key and a value.</summary>
    public int HeadsPerKey { get; init; } = 1;

    /// <summary>The width of a head where it isn't D/H.</summary>
    public int? OwnHeadWidth { get; init; }

    /// <summary>Matrices that have biases.</summary>
    public Biases Biases { get; init; } = Biases.All;

    /// <summary>The MLP is W_down(f(W_gate x̂) ⊙ W_up x̂).</summary>
    public bool IsGated { get; init; }

    /// <summary>RMSNorm of queries and keys.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>c, within ±c of which queries, keys and values are kept after the projection; 0 for no bound.</summary>
    public double QueryKeyValueLimit { get; init; }

    /// <summary>Layers whose heads see a window only.</summary>
    public LayerSet WindowedLayers { get; init; }

    /// <summary>Positions in that window, a query's own among them; 0 where there is none.</summary>
    public int Window { get; init; }

    /// <summary>Layers whose queries and keys aren't rotated.</summary>
    public LayerSet UnrotatedLayers { get; init; }

    /// <summary>Whether windowed layers have the rotary base alone, without <see cref="RotaryScaling"/>.</summary>
    public bool WindowedAreUnscaled { get; init; }

    /// <summary>x of the factor 1/√x on q·k where it isn't the width of a head.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>Attention logits of layer l are divided by l + 1 besides.</summary>
    public bool DividesByLayer { get; init; }

    /// <summary>c of s → c·tanh(s/c) on attention logits; 0 for none.</summary>
    public double AttentionCap { get; init; }

    /// <summary>c of s → c·tanh(s/c) on the model's logits; 0 for none.</summary>
    public double LogitCap { get; init; }

    /// <summary>Embeddings enter the residual stream times √D.</summary>
    public bool ScalesEmbedding { get; init; }

    /// <summary>dh, the width of a head.</summary>
    public int HeadWidth => OwnHeadWidth ?? Width / Heads;

    /// <summary>K, the keys and values of a block.</summary>
    public int KeyHeads => Heads / HeadsPerKey;

    /// <summary>H·dh, all queries of a row, or all of z.</summary>
    public int QueryWidth => Heads * HeadWidth;

    /// <summary>K·dh, all keys of a row.</summary>
    public int KeyWidth => KeyHeads * HeadWidth;

    /// <summary>(H + 2·K)·dh: queries, keys and values side by side.</summary>
    public int ProjectionWidth => QueryWidth + (2 * KeyWidth);

    /// <summary>The MLP's hidden layer before the activation: F, or both halves of a gated one.</summary>
    public int HiddenWidth => IsGated ? 2 * MlpWidth : MlpWidth;

    /// <summary>What turns a layer's queries and keys; <see langword="null"/> for nothing.</summary>
    public Rotary? RotaryOf(int layer) => Rotary switch
    {
        { Dimensions: > 0 } rotary when !UnrotatedLayers.Contains(layer) => WindowedAreUnscaled && WindowedLayers.Contains(layer) ? rotary with { Scaling = null } : rotary,
        _ => null,
    };

    /// <summary>How a layer's queries and keys become attention weights.</summary>
    public AttentionRule AttentionOf(int layer) => new(
        1 / Math.Sqrt(QueryScalar ?? HeadWidth) / (DividesByLayer ? layer + 1 : 1), AttentionCap, WindowedLayers.Contains(layer) ? Window : 0);
}
