using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>A small model of every family, with no setting at its default, as a file and as what is read from it.</summary>
internal static class FamilySamples
{
    private const string Sizes = """
        "hidden_size": 48, "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 12, "num_hidden_layers": 4, "intermediate_size": 40, "vocab_size": 50,
        "max_position_embeddings": 96, "use_cache": true, "torch_dtype": "float32", "attention_dropout": 0.1, "id2label": {"0": "a"}
        """;

    private const string Usual = "\"hidden_act\": \"gelu\", \"rms_norm_eps\": 1e-4, \"rope_theta\": 700, \"tie_word_embeddings\": ";

    private const string Yarn = """
        {"rope_type": "yarn", "factor": 4, "beta_fast": 24, "beta_slow": 2, "original_max_position_embeddings": 24, "attention_factor": 1.25}
        """;

    public static ModelConfig Plain { get; } = new()
    {
        Family = Families.Llama,
        Layers = 4,
        Heads = 6,
        Width = 48,
        MlpWidth = 40,
        Vocabulary = 50,
        ContextLength = 96,
        Norms = new(NormKind.RmsNorm, 1e-4),
        Activation = Activation.Gelu,
        ParallelResidual = false,
        TiedUnembedding = true,
        Rotary = new Rotary(12, 700),
        HeadsPerKey = 2,
        OwnHeadWidth = 12,
        Biases = Biases.QueryKeyValue | Biases.Output,
        IsGated = true,
    };

    public static IReadOnlyDictionary<string, (string Json, ModelConfig Config)> All { get; } = new Dictionary<string, (string Json, ModelConfig Config)>(StringComparer.Ordinal)
    {
        ["llama"] = (
            $$$"""{"model_type": "llama", {{{Sizes}}}, {{{Usual}}}true, "attention_bias": true, "mlp_bias": true, "pretraining_tp": 1, "rope_scaling": {"type": "linear", "factor": 3}}""",
            Plain with { Biases = Biases.All, Rotary = new Rotary(12, 700, new LinearScaling(3)) }),
        ["olmo"] = (
            $$$"""{"model_type": "olmo", {{{Sizes}}}, "hidden_act": "relu", "rope_theta": 700, "tie_word_embeddings": true, "attention_bias": true, "clip_qkv": 1.5}""",
            Plain with { Family = Families.Olmo, Norms = new(NormKind.LayerNorm, 1e-5, HasWeights: false), Activation = Activation.Relu, QueryKeyValueLimit = 1.5 }),
        ["olmo2"] = (
            $$$"""{"model_type": "olmo2", {{{Sizes}}}, {{{Usual}}}true, "attention_bias": true}""",
            Plain with { Family = Families.Olmo2, Norms = new(NormKind.RmsNorm, 1e-4, NormPlacement.After), QueryKeyNorm = QueryKeyNorm.Whole }),
        ["olmo3"] = (
            $$$"""
            {"model_type": "olmo3", {{{Sizes}}}, {{{Usual}}}true, "attention_bias": true, "rope_scaling": {{{Yarn}}}, "sliding_window": 5,
             "layer_types": ["full_attention", "sliding_attention", "full_attention", "sliding_attention"]}
            """,
            Plain with
            {
                Family = Families.Olmo3,
                Norms = new(NormKind.RmsNorm, 1e-4, NormPlacement.After),
                QueryKeyNorm = QueryKeyNorm.Whole,
                Rotary = new Rotary(12, 700, new YarnScaling(4, 24, 2, 24, 1.25)),
                Window = 5,
                WindowedLayers = Set("0101"),
                WindowedAreUnscaled = true,
            }),
        ["smollm3"] = (
            $$$"""
            {"model_type": "smollm3", {{{Sizes}}}, {{{Usual}}}false, "attention_bias": true, "mlp_bias": true, "no_rope_layers": [0, 1, 1, 0], "no_rope_layer_interval": 3,
             "pretraining_tp": 2, "max_window_layers": 28, "use_sliding_window": true, "sliding_window": 7,
             "layer_types": ["full_attention", "full_attention", "sliding_attention", "full_attention"]}
            """,
            Plain with { Family = Families.SmolLm3, TiedUnembedding = false, Biases = Biases.All, UnrotatedLayers = Set("1001"), Window = 7, WindowedLayers = Set("0010") }),
        ["qwen2"] = (
            $$$"""{"model_type": "qwen2", {{{Sizes}}}, {{{Usual}}}true, "use_mrope": false, "use_sliding_window": true, "sliding_window": 6, "max_window_layers": 3}""",
            Plain with { Family = Families.Qwen2, Biases = Biases.QueryKeyValue, Window = 6, WindowedLayers = Set("0001") }),
        ["qwen3"] = (
            $$$"""
            {"model_type": "qwen3", {{{Sizes}}}, {{{Usual}}}true, "attention_bias": true, "use_sliding_window": true, "sliding_window": 6, "max_window_layers": 1,
             "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 3, "original_max_position_embeddings": 32}}
            """,
            Plain with
            {
                Family = Families.Qwen3,
                QueryKeyNorm = QueryKeyNorm.PerHead,
                Window = 6,
                WindowedLayers = Set("0111"),
                Rotary = new Rotary(12, 700, new Llama3Scaling(8, 1, 3, 32)),
            }),
        ["mistral"] = (
            $$$"""{"model_type": "mistral", {{{Sizes}}}, {{{Usual}}}true, "sliding_window": 8}""",
            Plain with { Family = Families.Mistral, Biases = Biases.None, Window = 8, WindowedLayers = Set("1111") }),
        ["gemma2"] = (
            $$$"""
            {"model_type": "gemma2", {{{Sizes}}}, "hidden_activation": "silu", "hidden_act": "gelu", "rms_norm_eps": 1e-4, "rope_theta": 700, "tie_word_embeddings": false,
             "attention_bias": true, "attn_logit_softcapping": 5, "final_logit_softcapping": 7.5, "query_pre_attn_scalar": 20, "sliding_window": 9,
             "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"]}
            """,
            Plain with
            {
                Family = Families.Gemma2,
                Activation = Activation.Silu,
                TiedUnembedding = false,
                Norms = new(NormKind.RmsNorm, 1e-4, NormPlacement.Both, IsOffset: true),
                AttentionCap = 5,
                LogitCap = 7.5,
                QueryScalar = 20,
                ScalesEmbedding = true,
                Window = 9,
                WindowedLayers = Set("0110"),
            }),
        ["apertus"] = (
            $$$"""
            {"model_type": "apertus", {{{Sizes}}}, "hidden_act": "xielu", "rms_norm_eps": 1e-4, "rope_theta": 700, "tie_word_embeddings": true, "attention_bias": true,
             "mlp_bias": false, "post_norm": false, "qk_norm": true, "hidden_dropout": 0.1, "rope_scaling": {"type": "default"}}
            """,
            Plain with { Family = Families.Apertus, Activation = Activation.XIelu, IsGated = false, QueryKeyNorm = QueryKeyNorm.PerHead }),
    };

    public static LayerSet Set(string digits) => LayerSet.Of(digits.Length, l => digits[l] == '1');

    public static ModelConfig Parse(string json, ForeignKeys? foreign = null) => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json), foreign);

    /// <summary>A family's sample with another value under a key, or without the key.</summary>
    public static string With(string family, string key, string? value) => Edit(All[family].Json, json =>
    {
        json.Remove(key);
        if (value is not null)
        {
            json[key] = JsonNode.Parse(value);
        }
    });

    public static string Edit(string json, Action<JsonObject> edit)
    {
        var parsed = JsonNode.Parse(json)!.AsObject();
        edit(parsed);
        return parsed.ToJsonString();
    }
}
