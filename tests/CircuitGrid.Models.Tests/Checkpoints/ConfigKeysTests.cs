using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Compute;
using CircuitGrid.Models.Architectures;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tests.Files;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>No key of a <c>config.json</c> that could change a model is passed over unseen.</summary>
public sealed class ConfigKeysTests
{
    // No setting at its default, so that one that isn't read shows.
    private const string GptNeoX = """
        {"model_type": "gpt_neox", "architectures": ["GPTNeoXForCausalLM"], "hidden_size": 64, "num_attention_heads": 2, "num_hidden_layers": 3,
         "intermediate_size": 96, "vocab_size": 50, "max_position_embeddings": 32, "layer_norm_eps": 1e-6, "hidden_act": "relu", "use_parallel_residual": false,
         "tie_word_embeddings": true, "attention_bias": true, "is_encoder_decoder": false, "add_cross_attention": false, "pruned_heads": {},
         "rope_parameters": {"rope_type": "default", "rope_theta": 500, "partial_rotary_factor": 0.5}, "rope_scaling": {"type": "default", "factor": 1.0},
         "rotary_pct": 0.5, "rotary_emb_base": 500, "hidden_dropout": 0.1, "bos_token_id": 0, "torch_dtype": "float16", "use_cache": true,
         "id2label": {"0": "a"}, "task_specific_params": {"text": {"max_length": 5}}}
        """;

    private const string Gpt2 = """
        {"model_type": "gpt2", "n_embd": 48, "n_head": 3, "n_layer": 2, "n_positions": 16, "n_ctx": 16, "n_inner": 40, "vocab_size": 30, "n_special": 0,
         "layer_norm_epsilon": 1e-6, "activation_function": "gelu", "tie_word_embeddings": false, "scale_attn_weights": true,
         "scale_attn_by_inverse_layer_idx": false, "reorder_and_upcast_attn": true, "add_cross_attention": false, "hidden_size": 48, "num_attention_heads": 3,
         "num_hidden_layers": 2, "max_position_embeddings": 16, "resid_pdrop": 0.1, "summary_type": "cls_index", "predict_special_tokens": true}
        """;

    public static TheoryData<string> Published { get; } = [.. PublishedConfigs.All.Keys];

    [Theory]
    [InlineData(GptNeoX)]
    [InlineData(Gpt2)]
    public void Read_AnyChangeOfAKey_IsAnErrorOrChangesNothing(string json) => KeyChanges.AssertNoneIsMissed(
        json,
        (text, foreign) => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(text), foreign).ToString(),
        open: ["id2label", "task_specific_params"],
        names: [],
        nulls: ["n_inner", "rope_scaling", "rope_parameters"]);

    [Theory]
    [MemberData(nameof(Published))]
    public void Read_PublishedConfig_IsTakenWithoutANote(string model)
    {
        var (json, parameters) = PublishedConfigs.All[model];
        var foreign = new ForeignKeys();

        var config = ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json), foreign);

        Assert.Empty(foreign.Notes);
        Assert.Empty(foreign.PassedOver);
        Assert.Equal(parameters, config.ParameterCount);
    }

    [Theory]
    [InlineData("is_encoder_decoder", "true", "is_encoder_decoder is true; only false is supported")]
    [InlineData("add_cross_attention", "true", "add_cross_attention is true; only false is supported")]
    [InlineData("tie_encoder_decoder", "true", "tie_encoder_decoder is true; only false is supported")]
    [InlineData("is_causal", "false", "is_causal is false; only true is supported")]
    [InlineData("cross_attention_hidden_size", "8", "cross_attention_hidden_size isn't empty; attention over another model's states isn't supported")]
    [InlineData("pruned_heads", """{"0": [1]}""", "pruned_heads isn't empty; a model without some of its heads isn't supported")]
    [InlineData("per_layer_config", """{"1": {"hidden_act": "relu"}}""", "per_layer_config isn't empty; layers of different settings aren't supported")]
    [InlineData("quantization_config", """{"bits": 4}""", "quantization_config isn't empty; quantised weights aren't supported")]
    [InlineData("auto_map", """{"AutoModel": "own.Model"}""", "has a key 'auto_map', which isn't known; it is {\"AutoModel\":\"own.Model\"}. If it doesn't change what is computed, ignore it: --ignore-key auto_map, or 'ignore: [auto_map]' in the experiment or in suite.json")]
    [InlineData("resid_scale", "2", "has a key 'resid_scale', which isn't known; it is 2. If")]
    public void Read_SettingOfAnotherModel_IsRefusedInBothFamilies(string key, string value, string reason)
    {
        foreach (var sample in new[] { GptNeoX, Gpt2 })
        {
            Assert.StartsWith("config.json: " + reason, Refusal(sample, key, value), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("n_ctx", "17", "n_ctx is 17, and n_positions 16; they must be the same")]
    [InlineData("hidden_size", "64", "hidden_size is 64, and n_embd 48; they must be the same")]
    [InlineData("num_attention_heads", "4", "num_attention_heads is 4, and n_head 3")]
    [InlineData("num_hidden_layers", "4", "num_hidden_layers is 4, and n_layer 2")]
    [InlineData("max_position_embeddings", "64", "max_position_embeddings is 64, and n_positions 16")]
    [InlineData("n_special", "3", "n_special isn't empty; embeddings beside those of the vocabulary aren't supported")]
    [InlineData("rotary_pct", "0.5", "has a key 'rotary_pct', which isn't known; it is 0.5")]
    [InlineData("n_layers", "null", "has a key 'n_layers'; did you mean 'n_layer'? If")]
    public void Read_Gpt2SettingThatContradictsAnother_IsAnError(string key, string value, string reason) =>
        Assert.StartsWith("config.json: " + reason, Refusal(Gpt2, key, value), StringComparison.Ordinal);

    [Theory]
    [InlineData("rope_scaling", """{"factor": 2}""", "rope_scaling: factor is 2, and no rope_type says what it stretches; ")]
    [InlineData("rope_parameters", """{"rope_theta": 500, "beta_fast": 32}""", "rope_parameters has a key 'beta_fast', which isn't known; it is 32. If")]
    [InlineData("rope_parameters", """{"rope_theta": 500, "ropetype": null}""", "rope_parameters has a key 'ropetype'; did you mean 'rope_type'? If")]
    [InlineData("rope_parameters", """{"rope_theta": null}""", "rope_parameters: rope_theta is null")]
    public void Read_RotarySettingThatIsNotUnderstood_IsAnError(string key, string value, string reason) =>
        Assert.StartsWith("config.json: " + reason, Refusal(GptNeoX, key, value), StringComparison.Ordinal);

    [Fact]
    public void Read_IgnoredKeys_AreShownAndChangeNothing()
    {
        var json = JsonNode.Parse(GptNeoX)!;
        json["resid_scale"] = 2;
        json["rope_parameters"]!["beta_fast"] = 32;
        json["spare"] = new JsonArray();
        json["rotary_ptc"] = 0.5;
        var foreign = new ForeignKeys(["resid_scale", "beta_fast", "rotary_ptc", "not_there"]);

        var config = ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json.ToJsonString()), foreign);

        var plain = ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(GptNeoX));
        Assert.Equal(plain, config);
        Assert.Equal(plain.ToCanonicalString(), config.ToCanonicalString());
        Assert.Equal([new("config.json", "resid_scale"), new("config.json", "rope_parameters: beta_fast"), new ForeignNote("config.json", "rotary_ptc")], foreign.PassedOver);
        Assert.Equal([new ForeignNote("config.json", "has a key 'spare', which isn't known; it is [] and is passed over")], foreign.Notes);
    }

    private static string Refusal(string sample, string key, string value)
    {
        var json = JsonNode.Parse(sample)!;
        json[key] = JsonNode.Parse(value);
        return Assert.ThrowsAny<InvalidInputException>(() => ModelConfig.Parse("config.json", Encoding.UTF8.GetBytes(json.ToJsonString()))).Message;
    }
}
