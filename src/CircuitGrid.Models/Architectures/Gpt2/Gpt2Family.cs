using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.Gpt2;

/// <summary>GPT-2.</summary>
internal sealed class Gpt2Family : ModelFamily
{
    public override string ModelType => "gpt2";

    public override string Name => "Gpt2";

    internal override string ClassName => "GPT2LMHeadModel";

    internal override string Prefix => "transformer.";

    internal override string EmbeddingName => "transformer.wte.weight";

    // masks that its modules carry along
    internal override ImmutableArray<string> Buffers => [".attn.bias", ".attn.masked_bias"];

    internal override ModelConfig Read(JsonInput json, ForeignKeys foreign)
    {
        DemandPlainDecoder(json);
        Demand(json, "scale_attn_weights", true);
        var width = Size(json, "n_embd", MaxWidth);
        var config = new ModelConfig
        {
            Family = this,
            Layers = Size(json, "n_layer", MaxLayers),
            Heads = Size(json, "n_head", MaxHeads),
            Width = width,
            MlpWidth = Size(json, "n_inner", MaxMlpWidth, 4 * width),
            Vocabulary = Size(json, "vocab_size", MaxVocabulary),
            ContextLength = Size(json, "n_positions", MaxContextLength, 1024),
            Norms = new(NormKind.LayerNorm, json.FindNumber("layer_norm_epsilon") ?? 1e-5),
            Activation = ReadActivation(json, "activation_function", "gelu_new"),
            ParallelResidual = false,
            TiedUnembedding = json.FindBoolean("tie_word_embeddings") ?? true,
            Rotary = null,
            DividesByLayer = json.FindBoolean("scale_attn_by_inverse_layer_idx") ?? false,
        };
        DemandSame(json, "n_ctx", "n_positions", config.ContextLength);
        DemandNothing(json, "n_special", "embeddings beside those of the vocabulary aren't supported");
        // Names by which the library knows the same settings; in a file they replace them.
        DemandSame(json, "hidden_size", "n_embd", config.Width);
        DemandSame(json, "num_attention_heads", "n_head", config.Heads);
        DemandSame(json, "num_hidden_layers", "n_layer", config.Layers);
        DemandSame(json, "max_position_embeddings", "n_positions", config.ContextLength);
        json.RefuseNulls([.. ConfigKeys.Nullable, "n_inner", "scale_attn_by_inverse_layer_idx"]);
        json.FinishForeign(ConfigKeys.Gpt2, foreign);
        return config;
    }

    internal override void Write(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("n_layer", config.Layers);
        json.WriteNumber("n_head", config.Heads);
        json.WriteNumber("n_embd", config.Width);
        json.WriteNumber("n_inner", config.MlpWidth);
        json.WriteNumber("n_positions", config.ContextLength);
        json.WriteNumber("layer_norm_epsilon", config.Norms.Epsilon);
        json.WriteString("activation_function", config.ActivationName);
        if (config.DividesByLayer)
        {
            json.WriteBoolean("scale_attn_by_inverse_layer_idx", value: true);
        }
    }

    internal override string? FindFault(ModelConfig config) => config switch
    {
        { Rotary: not null } => "a gpt2 model has learned positions and no rotary ones",
        { ParallelResidual: true } => "a gpt2 model's attention and MLP can't be parallel",
        _ => base.FindFault(config),
    };

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
        ParallelResidual = false,
        TiedUnembedding = config.TiedUnembedding,
        DividesByLayer = config.DividesByLayer,
    };

    internal override WeightLayout Layout(ITensorSource source, bool fold) => new Gpt2Layout(source, fold);

    internal override IEnumerable<TensorSpec> Tensors(ModelConfig config)
    {
        var (width, mlp, vocabulary) = (config.Width, config.MlpWidth, config.Vocabulary);
        yield return new(EmbeddingName, [vocabulary, width], IsEmbedding: true);
        yield return new(Prefix + "wpe.weight", [config.ContextLength, width], IsEmbedding: true);
        for (var l = 0; l < config.Layers; l++)
        {
            var layer = $"{Prefix}h.{l}.";
            yield return new(layer + "ln_1.weight", [width]);
            yield return new(layer + "ln_1.bias", [width]);
            yield return new(layer + "attn.c_attn.weight", [width, 3 * width]);
            yield return new(layer + "attn.c_attn.bias", [3 * width]);
            yield return new(layer + "attn.c_proj.weight", [width, width]);
            yield return new(layer + "attn.c_proj.bias", [width]);
            yield return new(layer + "ln_2.weight", [width]);
            yield return new(layer + "ln_2.bias", [width]);
            yield return new(layer + "mlp.c_fc.weight", [width, mlp]);
            yield return new(layer + "mlp.c_fc.bias", [mlp]);
            yield return new(layer + "mlp.c_proj.weight", [mlp, width]);
            yield return new(layer + "mlp.c_proj.bias", [width]);
        }

        yield return new(Prefix + "ln_f.weight", [width]);
        yield return new(Prefix + "ln_f.bias", [width]);
    }
}
