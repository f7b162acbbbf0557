using CircuitGrid.Compute;

namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>A setting that changes what a model computes and isn't implemented is refused by its name.</summary>
public sealed class FamilyRefusalTests
{
    public static TheoryData<string> Families { get; } = [.. FamilySamples.All.Keys];

    [Theory]
    [InlineData("llama", "pretraining_tp", "2", "pretraining_tp is 2; only 1 is supported")]
    [InlineData("llama", "rope_interleaved", "true", "rope_interleaved is true; only false is supported")]
    [InlineData("llama", "hidden_act", "\"quick_gelu\"", "hidden_act is quick_gelu; silu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast and relu are supported")]
    [InlineData("llama", "hidden_act", "\"xielu\"", "hidden_act is xielu; silu, ")]
    [InlineData("llama", "num_key_value_heads", "4", "num_key_value_heads is 4; it must divide num_attention_heads, 6")]
    [InlineData("llama", "num_key_value_heads", "12", "num_key_value_heads is 12; it must divide num_attention_heads, 6")]
    [InlineData("llama", "head_dim", "11", "rotary positions turn 11 of a head's 11 dimensions; the number must be even")]
    [InlineData("llama", "hidden_size", null, "hidden_size is missing")]
    [InlineData("llama", "intermediate_size", null, "intermediate_size is missing")]
    [InlineData("llama", "num_hidden_layers", null, "num_hidden_layers is missing")]
    [InlineData("llama", "rms_norm_eps", "0", "the epsilon of the RMSNorms is 0")]
    [InlineData("llama", "sliding_window", "4", "has a key 'sliding_window', which isn't known; it is 4.")]
    [InlineData("llama", "clip_qkv", "8", "has a key 'clip_qkv', which isn't known; it is 8.")]
    [InlineData("llama", "embedding_multiplier", "12", "has a key 'embedding_multiplier', which isn't known; it is 12.")]
    [InlineData("llama", "partial_rotary_factor", "0.5", "partial_rotary_factor is 0.5; only 1 is supported")]
    [InlineData("llama", "attention_bias", "null", "attention_bias is null; give it a value, or leave the key out")]
    [InlineData("llama", "rope_theta", "null", "rope_theta is null; give it a value, or leave the key out")]
    [InlineData("llama", "rope_theta", "1", "the base of the rotary angles is 1; it must be above 1 and at most 1e12")]
    [InlineData("olmo", "clip_qkv", "0", "clip_qkv is 0; it must be above 0, or null for none")]
    [InlineData("olmo", "clip_qkv", "-8", "clip_qkv is -8; it must be above 0, or null for none")]
    [InlineData("olmo", "rms_norm_eps", "1e-5", "has a key 'rms_norm_eps', which isn't known; it is 1e-5.")]
    [InlineData("olmo2", "clip_qkv", "8", "has a key 'clip_qkv', which isn't known; it is 8.")]
    [InlineData("olmo3", "layer_types", """["sliding_attention", "full_attention", "full_attention"]""", "layer_types has 3 items; the model has 4 layers")]
    [InlineData("olmo3", "layer_types", """["sliding_attention", "chunked_attention", "full_attention", "full_attention"]""", "layer_types[1] is chunked_attention; full_attention and sliding_attention are supported")]
    [InlineData("olmo3", "sliding_window", "null", "sliding_window is null, although layers have a window")]
    [InlineData("olmo3", "sliding_window", "0", "sliding_window is 0; it must be a whole number from 1 to")]
    [InlineData("smollm3", "no_rope_layers", "[1, 1, 1]", "no_rope_layers has 3 items; the model has 4 layers")]
    [InlineData("smollm3", "no_rope_layers", "[1, 1, 2, 1]", "no_rope_layers[2] is 2; it must be a whole number from 0 to 1")]
    [InlineData("smollm3", "no_rope_layer_interval", "0", "no_rope_layer_interval is 0; it must be a whole number from 1 to")]
    [InlineData("smollm3", "use_sliding_window", "false", "layer_types has sliding_attention, although use_sliding_window is false")]
    [InlineData("smollm3", "sliding_window", "null", "layer_types has sliding_attention, although sliding_window is null")]
    [InlineData("qwen2", "use_mrope", "true", "use_mrope is true; only false is supported")]
    [InlineData("qwen2", "attention_bias", "true", "has a key 'attention_bias', which isn't known; it is true.")]
    [InlineData("qwen3", "layer_types", """["linear_attention", "full_attention", "full_attention", "full_attention"]""", "layer_types[0] is linear_attention; ")]
    [InlineData("qwen3", "max_window_layers", "-1", "max_window_layers is -1; it must be a whole number from 0 to")]
    [InlineData("mistral", "attention_bias", "true", "attention_bias is true; only false is supported")]
    [InlineData("mistral", "mlp_bias", "true", "mlp_bias is true; only false is supported")]
    [InlineData("mistral", "layer_types", """["full_attention", "full_attention", "full_attention", "full_attention"]""", "has a key 'layer_types', which isn't known")]
    [InlineData("gemma2", "use_bidirectional_attention", "true", "use_bidirectional_attention is true; only false is supported")]
    [InlineData("gemma2", "query_pre_attn_scalar", "0", "query_pre_attn_scalar is 0; it must be above 0")]
    [InlineData("gemma2", "attn_logit_softcapping", "0", "attn_logit_softcapping is 0; it must be above 0, or null for none")]
    [InlineData("gemma2", "final_logit_softcapping", "-30", "final_logit_softcapping is -30; it must be above 0, or null for none")]
    [InlineData("gemma2", "hidden_activation", null, "hidden_act is gelu, and hidden_activation, which counts, is missing and then means gelu_pytorch_tanh")]
    [InlineData("apertus", "hidden_act", "\"silu\"", "hidden_act is silu; only xielu is supported")]
    [InlineData("apertus", "mlp_bias", "true", "mlp_bias is true; only false is supported")]
    [InlineData("apertus", "post_norm", "true", "post_norm is true; only false is supported")]
    [InlineData("apertus", "qk_norm", "false", "qk_norm is false; only true is supported")]
    public void Read_SettingThatCannotBeServed_NamesFileKeyAndReason(string family, string key, string? value, string reason) =>
        Assert.StartsWith("config.json: " + reason, Refusal(FamilySamples.With(family, key, value)), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Families))]
    public void Read_SettingOfAnotherModel_IsRefusedInEveryFamily(string family)
    {
        foreach (var (key, value, reason) in new[]
        {
            ("quantization_config", """{"bits": 4}""", "quantization_config isn't empty; quantised weights aren't supported"),
            ("per_layer_config", """{"1": {}}""", "per_layer_config isn't empty; layers of different settings aren't supported"),
            ("is_encoder_decoder", "true", "is_encoder_decoder is true; only false is supported"),
            ("num_experts", "8", "has a key 'num_experts', which isn't known; it is 8."),
            ("residual_multiplier", "0.2", "has a key 'residual_multiplier', which isn't known; it is 0.2."),
            ("auto_map", """{"AutoModel": "own.Model"}""", "has a key 'auto_map', which isn't known"),
            ("intermediate_sizes", "[1]", "has a key 'intermediate_sizes'; did you mean 'intermediate_size'?"),
        })
        {
            Assert.StartsWith("config.json: " + reason, Refusal(FamilySamples.With(family, key, value)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("olmoe")]
    [InlineData("qwen2_moe")]
    [InlineData("qwen3_moe")]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    [InlineData("granitemoe")]
    [InlineData("gpt_oss")]
    [InlineData("flex_olmo")]
    [InlineData("phimoe")]
    [InlineData("dbrx")]
    [InlineData("jamba")]
    public void Read_MixtureOfExperts_IsRefusedAsSuch(string type) => Assert.Equal(
        $"config.json: model_type is {type}; a mixture of experts isn't supported; these can be read: gpt_neox, gpt2, llama, olmo, olmo2, olmo3, smollm3, qwen2, qwen3, mistral, gemma2, apertus",
        Refusal($$"""{"model_type": "{{type}}"}"""));

    [Theory]
    [InlineData("bloom")]
    [InlineData("gemma3_text")]
    [InlineData("LLAMA")]
    public void Read_TypeThatIsNotKnown_ListsThoseThatAre(string type) => Assert.Equal(
        $"config.json: model_type is {type}; these can be read: gpt_neox, gpt2, llama, olmo, olmo2, olmo3, smollm3, qwen2, qwen3, mistral, gemma2, apertus",
        Refusal($$"""{"model_type": "{{type}}"}"""));

    private static string Refusal(string json) => Assert.ThrowsAny<InvalidInputException>(() => FamilySamples.Parse(json)).Message;
}
