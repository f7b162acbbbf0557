using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

public sealed partial record ModelConfig
{
    internal const int MaxFileBytes = 1 << 20;

    // Far beyond any published model, and small enough that no product of two overflows anything.
    private const int MaxLayers = 1 << 10;
    private const int MaxHeads = 1 << 12;
    private const int MaxWidth = 1 << 17;
    private const int MaxMlpWidth = 1 << 20;
    private const int MaxVocabulary = 1 << 24;
    private const int MaxContextLength = 1 << 24;

    /// <summary>
    /// Reads a Hugging Face <c>config.json</c> of <c>model_type</c> <c>gpt_neox</c> or <c>gpt2</c>. The keys that give the model its size
    /// must be there; others have the defaults of Hugging Face's configuration classes. A setting that would change the mathematics
    /// in a way that isn't implemented is an error, never ignored.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <exception cref="InvalidInputException">The file can't be read, or a value in it is missing, out of range, or contradicts another.</exception>
    /// <exception cref="UnknownKeyException">The file has a key that may mean something and isn't known.</exception>
    public static ModelConfig Read(string path, ForeignKeys? foreign = null) => Parse(path, SourceFile.ReadAll(path, MaxFileBytes), foreign);

    /// <summary><see cref="Read"/> of a file whose contents are at hand.</summary>
    internal static ModelConfig Parse(string path, ReadOnlySpan<byte> utf8, ForeignKeys? foreign = null)
    {
        var json = JsonInput.Parse(path, utf8);
        foreign ??= new();
        var config = json.FindString("model_type") switch
        {
            "gpt_neox" => ReadGptNeoX(json, foreign),
            "gpt2" => ReadGpt2(json, foreign),
            null => throw json.Error("model_type", "is missing; gpt_neox and gpt2 can be read"),
            var other => throw json.Error("model_type", $"is {Text.OneLine(other)}; only gpt_neox and gpt2 can be read"),
        };
        if (config.FindFault() is { } fault)
        {
            throw new InvalidInputException(path, fault);
        }

        return config;
    }

    private static ModelConfig ReadGptNeoX(JsonInput json, ForeignKeys foreign)
    {
        DemandPlainDecoder(json);
        Demand(json, "attention_bias", true);
        var width = Size(json, "hidden_size", MaxWidth);
        var heads = Size(json, "num_attention_heads", MaxHeads);
        var config = new ModelConfig
        {
            Architecture = Architecture.GptNeoX,
            Layers = Size(json, "num_hidden_layers", MaxLayers),
            Heads = heads,
            Width = width,
            MlpWidth = Size(json, "intermediate_size", MaxMlpWidth),
            Vocabulary = Size(json, "vocab_size", MaxVocabulary),
            ContextLength = Size(json, "max_position_embeddings", MaxContextLength, 2048),
            LayerNormEpsilon = json.FindNumber("layer_norm_eps") ?? 1e-5,
            Activation = ReadActivation(json, "hidden_act", "gelu"),
            ParallelResidual = json.FindBoolean("use_parallel_residual") ?? true,
            TiedUnembedding = json.FindBoolean("tie_word_embeddings") ?? false,
            Rotary = ReadRotary(json, width / heads),
        };
        FinishRope(json, "rope_parameters", foreign);
        FinishRope(json, "rope_scaling", foreign);
        json.RefuseNulls([.. ConfigKeys.Nullable, "rope_parameters", "rope_scaling"]);
        json.FinishForeign(ConfigKeys.GptNeoX, foreign);
        return config;
    }

    private static ModelConfig ReadGpt2(JsonInput json, ForeignKeys foreign)
    {
        DemandPlainDecoder(json);
        Demand(json, "scale_attn_weights", true);
        Demand(json, "scale_attn_by_inverse_layer_idx", false);
        var width = Size(json, "n_embd", MaxWidth);
        var config = new ModelConfig
        {
            Architecture = Architecture.Gpt2,
            Layers = Size(json, "n_layer", MaxLayers),
            Heads = Size(json, "n_head", MaxHeads),
            Width = width,
            MlpWidth = Size(json, "n_inner", MaxMlpWidth, 4 * width),
            Vocabulary = Size(json, "vocab_size", MaxVocabulary),
            ContextLength = Size(json, "n_positions", MaxContextLength, 1024),
            LayerNormEpsilon = json.FindNumber("layer_norm_epsilon") ?? 1e-5,
            Activation = ReadActivation(json, "activation_function", "gelu_new"),
            ParallelResidual = false,
            TiedUnembedding = json.FindBoolean("tie_word_embeddings") ?? true,
            Rotary = null,
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

    /// <summary>What any model of the library can be beside a plain decoder over its own weights.</summary>
    private static void DemandPlainDecoder(JsonInput json)
    {
        Demand(json, "is_encoder_decoder", false);
        Demand(json, "add_cross_attention", false);
        Demand(json, "tie_encoder_decoder", false);
        Demand(json, "is_causal", true);
        DemandNothing(json, "cross_attention_hidden_size", "attention over another model's states isn't supported");
        DemandNothing(json, "pruned_heads", "a model without some of its heads isn't supported");
        DemandNothing(json, "per_layer_config", "layers of different settings aren't supported");
        DemandNothing(json, "quantization_config", "quantised weights aren't supported");
        DemandNothing(json, "compression_config", "compressed weights aren't supported");
    }

    private static int Size(JsonInput json, string key, int maximum, int? otherwise = null) =>
        (int?)json.FindInteger(key, 1, maximum) ?? otherwise ?? throw json.Error(key, "is missing");

    private static void Demand(JsonInput json, string key, bool value)
    {
        if (json.FindBoolean(key) is { } stated && stated != value)
        {
            throw json.Error(key, $"is {(stated ? "true" : "false")}; only {(value ? "true" : "false")} is supported");
        }
    }

    private static void DemandNothing(JsonInput json, string key, string reason)
    {
        if (json.Find(key) is { } value && !value.IsEmpty)
        {
            throw json.Error(key, $"isn't empty; {reason}");
        }
    }

    private static void DemandSame(JsonInput json, string key, string other, int value)
    {
        if (json.FindNumber(key) is { } stated && stated != value)
        {
            throw json.Error(key, $"is {stated:R}, and {other} {value}; they must be the same");
        }
    }

    /// <summary>Refuses what an object about rotary positions says beside what <see cref="ReadRotary"/> reads.</summary>
    private static void FinishRope(JsonInput json, string key, ForeignKeys foreign)
    {
        if (json.FindObject(key) is not { } rope)
        {
            return;
        }

        foreach (var known in (ReadOnlySpan<string>)["rope_type", "type", "rope_theta", "partial_rotary_factor"])
        {
            rope.Find(known);
        }

        if (rope.FindNumber("factor") is { } factor && factor != 1)
        {
            throw rope.Error("factor", $"is {factor:R}; angles that are stretched aren't supported, only a factor of 1 is");
        }

        rope.RefuseNulls();
        rope.FinishForeign(ConfigKeys.None, foreign);
    }

    private static Activation ReadActivation(JsonInput json, string key, string otherwise) => (json.FindString(key) ?? otherwise) switch
    {
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        var other => throw json.Error(key, $"is {Text.OneLine(other)}; gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are supported"),
    };

    /// <summary>
    /// Older files say <c>rotary_pct</c> and <c>rotary_emb_base</c>, newer ones <c>partial_rotary_factor</c> and <c>rope_theta</c>, beside the
    /// other keys or in an object <c>rope_parameters</c>; <c>rope_scaling</c> stretches the angles, which is another model.
    /// </summary>
    private static Rotary ReadRotary(JsonInput json, int headWidth)
    {
        var parameters = json.FindObject("rope_parameters");
        var scaling = json.FindObject("rope_scaling");
        foreach (var rope in new[] { parameters, scaling })
        {
            foreach (var key in new[] { "rope_type", "type" })
            {
                if (rope?.FindString(key) is { } type && type != "default")
                {
                    throw rope.Error(key, $"is {Text.OneLine(type)}; only default is supported");
                }
            }
        }

        var share = Agree("rotary_pct", "partial_rotary_factor") ?? 0.25;
        var angleBase = Agree("rotary_emb_base", "rope_theta") ?? 10000;
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

    /// <summary>What is out of range or inconsistent, as a sentence without its full stop, or <see langword="null"/> for a sound configuration.</summary>
    internal string? FindFault()
    {
        var sizes = new (string Name, int Value, int Maximum)[]
        {
            ("the number of layers", Layers, MaxLayers),
            ("the number of heads", Heads, MaxHeads),
            ("the width", Width, MaxWidth),
            ("the width of the MLP", MlpWidth, MaxMlpWidth),
            ("the vocabulary", Vocabulary, MaxVocabulary),
            ("the context length", ContextLength, MaxContextLength),
        };
        foreach (var (name, value, maximum) in sizes)
        {
            if (value < 1 || value > maximum)
            {
                return $"{name} is {value}; it must be from 1 to {maximum}";
            }
        }

        if (Width % Heads != 0)
        {
            return $"the width {Width} isn't divisible by the number of heads, {Heads}";
        }

        if (LayerNormEpsilon is not (> 0 and <= 0.1))
        {
            return $"the epsilon of the LayerNorms is {LayerNormEpsilon:R}; it must be above 0 and at most 0.1";
        }

        return Architecture switch
        {
            Architecture.GptNeoX when Rotary is null => "a gpt_neox model has rotary positions, and none are given",
            Architecture.GptNeoX => FindFault(Rotary.Value),
            Architecture.Gpt2 when Rotary is not null => "a gpt2 model has learned positions and no rotary ones",
            Architecture.Gpt2 when ParallelResidual => "a gpt2 model's attention and MLP can't be parallel",
            _ => null,
        };
    }

    private string? FindFault(Rotary rotary) =>
        rotary.Dimensions < 2 || rotary.Dimensions > HeadWidth || rotary.Dimensions % 2 != 0
            ? $"rotary positions turn {rotary.Dimensions} of a head's {HeadWidth} dimensions; the number must be even, at least 2 and no larger than the head"
            : rotary.Base is not (> 1 and <= 1e12)
                ? $"the base of the rotary angles is {rotary.Base:R}; it must be above 1 and at most 1e12"
                : null;
}
