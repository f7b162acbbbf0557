using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.GptNeoX;

/// <summary>GPT-NeoX: Pythia and its kin.</summary>
internal sealed class GptNeoXFamily : ModelFamily
{
    private static readonly RotaryRules s_rotaries = new() { Share = 0.25, OlderBase = "rotary_emb_base", OlderShare = "rotary_pct" };

    public override string ModelType => "gpt_neox";

    public override string Name => "GptNeoX";

    internal override string ClassName => "GPTNeoXForCausalLM";

    internal override string Prefix => "gpt_neox.";

    internal override string EmbeddingName => "gpt_neox.embed_in.weight";

    internal override string UnembeddingName => "embed_out.weight";

    // masks and tables that its modules carry along
    internal override ImmutableArray<string> Buffers => [".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"];

    internal override ModelConfig Read(JsonInput json, ForeignKeys foreign)
    {
        DemandPlainDecoder(json);
        var width = Size(json, "hidden_size", MaxWidth);
        var heads = Size(json, "num_attention_heads", MaxHeads);
        var config = new ModelConfig
        {
            Family = this,
            Layers = Size(json, "num_hidden_layers", MaxLayers),
            Heads = heads,
            Width = width,
            MlpWidth = Size(json, "intermediate_size", MaxMlpWidth),
            Vocabulary = Size(json, "vocab_size", MaxVocabulary),
            ContextLength = Size(json, "max_position_embeddings", MaxContextLength, 2048),
            Norms = new(NormKind.LayerNorm, json.FindNumber("layer_norm_eps") ?? 1e-5),
            Activation = ReadActivation(json, "hidden_act", "gelu"),
            ParallelResidual = json.FindBoolean("use_parallel_residual") ?? true,
            TiedUnembedding = json.FindBoolean("tie_word_embeddings") ?? false,
            Biases = json.FindBoolean("attention_bias") ?? true ? Biases.All : Biases.Mlp,
        };
        config = config with { Rotary = RotaryReading.Read(json, s_rotaries, width / heads, config.ContextLength, foreign).Full };
        json.RefuseNulls([.. ConfigKeys.Nullable, "rope_parameters", "rope_scaling"]);
        json.FinishForeign(ConfigKeys.GptNeoX, foreign);
        return config;
    }

    internal override void Write(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("hidden_size", config.Width);
        json.WriteNumber("intermediate_size", config.MlpWidth);
        json.WriteNumber("max_position_embeddings", config.ContextLength);
        json.WriteNumber("layer_norm_eps", config.Norms.Epsilon);
        json.WriteString("hidden_act", config.ActivationName);
        json.WriteBoolean("use_parallel_residual", config.ParallelResidual);
        json.WriteBoolean("attention_bias", config.Biases.HasFlag(Biases.QueryKeyValue));
        json.WriteNumber("rotary_pct", RotaryShare(config.Rotary!.Value.Dimensions, config.HeadWidth));
        json.WriteNumber("rotary_emb_base", config.Rotary.Value.Base);
        if (config.Rotary.Value.Scaling is { } scaling)
        {
            RotaryWriting.WriteScaling(json, scaling, config.ContextLength);
        }
    }

    internal override string? FindFault(ModelConfig config) =>
        config.Rotary is null ? "a gpt_neox model has rotary positions, and none are given" : base.FindFault(config);

    internal override ModelConfig Nearest(ModelConfig config) => new()
    {
        Family = this,
        Layers = config.Layers,
        Heads = config.Heads,
        Width = config.Width,
        MlpWidth = config.MlpWidth,
        Vocabulary = config.Vocabulary,
        ContextLength = config.ContextLength,
        Norms = new(NormKind.LayerNorm, config.Norms.Epsilon),
        Activation = Plain(config.Activation),
        ParallelResidual = config.ParallelResidual,
        TiedUnembedding = config.TiedUnembedding,
        Rotary = config.Rotary,
        Biases = config.Biases.HasFlag(Biases.QueryKeyValue) ? Biases.All : Biases.Mlp,
    };

    internal override WeightLayout Layout(ITensorSource source, bool fold) => new GptNeoXLayout(source, fold);

    internal override IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        var (width, mlp, vocabulary) = (config.Width, config.MlpWidth, config.Vocabulary);
        yield return new(EmbeddingName, [vocabulary, width], IsEmbedding: true);
        for (var l = 0; l < config.Layers; l++)
        {
            var layer = $"{Prefix}layers.{l}.";
            yield return new(layer + "input_layernorm.weight", [width]);
            yield return new(layer + "input_layernorm.bias", [width]);
            yield return new(layer + "post_attention_layernorm.weight", [width]);
            yield return new(layer + "post_attention_layernorm.bias", [width]);
            yield return new(layer + "attention.query_key_value.weight", [3 * width, width]);
            if (config.Biases.HasFlag(Biases.QueryKeyValue))
            {
                yield return new(layer + "attention.query_key_value.bias", [3 * width]);
            }

            yield return new(layer + "attention.dense.weight", [width, width]);
            if (config.Biases.HasFlag(Biases.Output))
            {
                yield return new(layer + "attention.dense.bias", [width]);
            }

            yield return new(layer + "mlp.dense_h_to_4h.weight", [mlp, width]);
            yield return new(layer + "mlp.dense_h_to_4h.bias", [mlp]);
            yield return new(layer + "mlp.dense_4h_to_h.weight", [width, mlp]);
            yield return new(layer + "mlp.dense_4h_to_h.bias", [width]);
        }

        yield return new(Prefix + "final_layer_norm.weight", [width]);
        yield return new(Prefix + "final_layer_norm.bias", [width]);
    }

    /// <summary>The share that every reader's truncation int(share·width) turns back into the number of dimensions.</summary>
    private static double RotaryShare(int dimensions, int headWidth)
    {
        var share = (double)dimensions / headWidth;
        return (int)(headWidth * share) == dimensions ? share : Math.BitIncrement(share);
    }
}
