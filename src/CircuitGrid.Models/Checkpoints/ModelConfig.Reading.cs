using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

public sealed partial record ModelConfig
{
    private const int MaxFileBytes = 1 << 20;

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
    /// <exception cref="InvalidInputException">The file can't be read, or a value in it is missing, out of range, or contradicts another.</exception>
    public static ModelConfig Read(string path) => Parse(path, SourceFile.ReadAll(path, MaxFileBytes));

    /// <summary><see cref="Read"/> of a file whose contents are at hand.</summary>
    internal static ModelConfig Parse(string path, ReadOnlySpan<byte> utf8)
    {
        var json = JsonInput.Parse(path, utf8);
        var config = json.FindString("model_type") switch
        {
            "gpt_neox" => ReadGptNeoX(json),
            "gpt2" => ReadGpt2(json),
            null => throw json.Error("model_type", "is missing; gpt_neox and gpt2 can be read"),
            var other => throw json.Error("model_type", $"is {Text.OneLine(other)}; only gpt_neox and gpt2 can be read"),
        };
        if (config.FindFault() is { } fault)
        {
            throw new InvalidInputException(path, fault);
        }

        return config;
    }

    private static ModelConfig ReadGptNeoX(JsonInput json)
    {
        Demand(json, "attention_bias", true);
        var width = Size(json, "hidden_size", MaxWidth);
        var heads = Size(json, "num_attention_heads", MaxHeads);
        return new ModelConfig
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
    }

    private static ModelConfig ReadGpt2(JsonInput json)
    {
        Demand(json, "scale_attn_weights", true);
        Demand(json, "scale_attn_by_inverse_layer_idx", false);
        Demand(json, "add_cross_attention", false);
        var width = Size(json, "n_embd", MaxWidth);
        return new ModelConfig
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

    private static Activation ReadActivation(JsonInput json, string key, string otherwise) => (json.FindString(key) ?? otherwise) switch
    {
        "gelu" or "gelu_python" => Activation.Gelu,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_fast" or "gelu_accurate" => Activation.GeluTanh,
        "relu" => Activation.Relu,
        var other => throw json.Error(key, $"is {Text.OneLine(other)}; gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are supported"),
    };

    /// <summary>
    /// Older files say <c>rotary_pct</c> and <c>rotary_emb_base</c>, newer ones <c>partial_rotary_factor</c> and <c>rope_theta</c>, beside the
    /// other keys or in an object <c>rope_parameters</c>; <c>rope_scaling</c> stretches the angles, which is another model, as is anything else that
    /// these objects may say.
    /// </summary>
    private static Rotary ReadRotary(JsonInput json, int headWidth)
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

            rope?.AllowOnly("rope_type", "type", "rope_theta", "partial_rotary_factor", "factor");
            if (rope?.FindNumber("factor") is { } factor && !(isTyped && factor == 1))
            {
                throw rope.Error("factor", isTyped
                    ? $"is {factor:R}; with the type default, the only one supported, it can only be 1"
                    : $"is {factor:R}, and no rope_type says what it stretches; only default with a factor of 1 is supported");
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
