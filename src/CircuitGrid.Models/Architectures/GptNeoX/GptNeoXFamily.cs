using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures.Weights;
using CircuitGrid.Models.Checkpoints;
using CircuitGrid.Models.Files;
using static CircuitGrid.Models.Architectures.ConfigReading;

namespace CircuitGrid.Models.Architectures.GptNeoX;

/// <summary>GPT-NeoX: Pythia and its kin.</summary>
internal sealed class GptNeoXFamily : ModelFamily
{
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
            Rotary = ReadRotary(json, width / heads, foreign),
            Biases = json.FindBoolean("attention_bias") ?? true ? Biases.All : Biases.Mlp,
        };
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
    }

    internal override string? FindFault(ModelConfig config) =>
        config.Rotary is { } rotary ? FindFault(rotary, config.HeadWidth) : "a gpt_neox model has rotary positions, and none are given";

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

    /// <summary>
    /// Older files say <c>rotary_pct</c> and <c>rotary_emb_base</c>, newer ones <c>partial_rotary_factor</c> and <c>rope_theta</c>, beside the
    /// other keys or in an object <c>rope_parameters</c>; <c>rope_scaling</c> stretches the angles, which is another model, as is anything else that
    /// these objects may say.
    /// </summary>
    private static Rotary ReadRotary(JsonInput json, int headWidth, ForeignKeys foreign)
    {
        var parameters = json.FindObject("rope_parameters");
        var scaling = json.FindObject("rope_scaling");
        foreach (var rope in new[] { parameters, scaling })
        {
            var isTyped = false;
            foreach (var key in new[] { "rope_type", "type" })
            {
                if (rope?.FindString(key) is { } type)
                {
                    isTyped = type == "default" ? true : throw rope.Error(key, $"is {Text.OneLine(type)}; only default is supported");
                }
            }

            if (rope?.FindNumber("factor") is { } factor && !(isTyped && factor == 1))
            {
                throw rope.Error("factor", isTyped
                    ? $"is {factor:R}; with the type default, the only one supported, it can only be 1"
                    : $"is {factor:R}, and no rope_type says what it stretches; only default with a factor of 1 is supported");
            }
        }

        var share = Agree("rotary_pct", "partial_rotary_factor") ?? 0.25;
        var angleBase = Agree("rotary_emb_base", "rope_theta") ?? 10000;
        foreach (var rope in new[] { parameters, scaling })
        {
            rope?.RefuseNulls();
            rope?.FinishForeign(ConfigKeys.None, foreign);
        }

        if (share is not (> 0 and <= 1))
        {
            throw json.Error("rotary_pct", $"is {share:R}; it must be above 0 and at most 1");
        }

        return new Rotary((int)(headWidth * share), angleBase);

        double? Agree(string older, string newer)
        {
            double? agreed = null;
            foreach (var value in new[] { json.FindNumber(older), json.FindNumber(newer), parameters?.FindNumber(newer), scaling?.FindNumber(newer) })
            {
                if (value is not null && agreed is not null && value != agreed)
                {
                    throw json.Error(older, $"and {newer} contradict each other: {agreed:R} and {value:R}");
                }

                agreed ??= value;
            }

            return agreed;
        }
    }

    private static string? FindFault(Rotary rotary, int headWidth) =>
        rotary.Dimensions < 2 || rotary.Dimensions > headWidth || rotary.Dimensions % 2 != 0
            ? $"rotary positions turn {rotary.Dimensions} of a head's {headWidth} dimensions; the number must be even, at least 2 and no larger than the head"
            : rotary.Base is not (> 1 and <= 1e12)
                ? $"the base of the rotary angles is {rotary.Base:R}; it must be above 1 and at most 1e12"
                : null;

    /// <summary>The share that every reader's truncation int(share·width) turns back into the number of dimensions.</summary>
    private static double RotaryShare(int dimensions, int headWidth)
    {
        var share = (double)dimensions / headWidth;
        return (int)(headWidth * share) == dimensions ? share : Math.BitIncrement(share);
    }
}
