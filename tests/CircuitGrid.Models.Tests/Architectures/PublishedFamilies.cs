namespace CircuitGrid.Models.Tests.Architectures;

/// <summary>The <c>config.json</c>s of published models of every family: their keys and values, and the number of parameters that the models were published with.</summary>
internal static class PublishedFamilies
{
    public static IReadOnlyDictionary<string, (string Json, long Parameters)> All { get; } = new Dictionary<string, (string Json, long Parameters)>(StringComparer.Ordinal)
    {
        ["SmolLM2-135M"] = (
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "silu",
             "hidden_size": 576, "initializer_range": 0.041666666666666664, "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192,
             "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30, "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "transformers_version": "4.40.1", "use_cache": true, "vocab_size": 49152}
            """,
            134_515_008),
        ["TinyLlama-1.1B"] = (
            """
            {"architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02,
             "intermediate_size": 5632, "max_position_embeddings": 2048, "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 22,
             "num_key_value_heads": 4, "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float32",
             "transformers_version": "4.31.0.dev0", "use_cache": true, "vocab_size": 32000}
            """,
            1_100_048_384),
        ["Amber"] = (
            """
            {"architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
             "intermediate_size": 11008, "max_position_embeddings": 2048, "max_sequence_length": 2048, "model_type": "llama", "num_attention_heads": 32,
             "num_hidden_layers": 32, "pad_token_id": 0, "rms_norm_eps": 1e-06, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "transformers_version": "4.28.1", "use_cache": true, "vocab_size": 32000}
            """,
            6_738_415_616),
        ["Llama-3.2-1B"] = (
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 128000, "eos_token_id": 128001, "head_dim": 64,
             "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
             "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
             "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.45.0.dev0", "use_cache": true,
             "vocab_size": 128256}
            """,
            1_235_814_400),
        ["OLMo-1B"] = Olmo(2048, 16, 16, 8192, "null", tied: true, 1_176_764_416),
        ["OLMo-7B"] = Olmo(4096, 32, 32, 11008, "8.0", tied: false, 6_888_095_744),
        ["OLMo-2-0425-1B"] = (
            """
            {"architectures": ["Olmo2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "eos_token_id": 100257, "hidden_act": "silu", "hidden_size": 2048,
             "initializer_range": 0.02, "intermediate_size": 8192, "max_position_embeddings": 4096, "model_type": "olmo2", "num_attention_heads": 16,
             "num_hidden_layers": 16, "num_key_value_heads": 16, "pad_token_id": 100277, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 500000,
             "tie_word_embeddings": false, "torch_dtype": "float32", "transformers_version": "4.47.0", "use_cache": true, "vocab_size": 100352}
            """,
            1_484_916_736),
        ["Olmo-3-1025-7B"] = (
            $$"""
            {"architectures": ["Olmo3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "dtype": "bfloat16", "eos_token_id": 100257, "hidden_act": "silu",
             "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008, "layer_types": [{{LayerTypes(32)}}], "max_position_embeddings": 65536,
             "model_type": "olmo3", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 100277, "rms_norm_eps": 1e-06,
             "rope_scaling": {"attention_factor": 1.2079441541679836, "beta_fast": 32.0, "beta_slow": 1.0, "factor": 8.0, "original_max_position_embeddings": 8192,
             "rope_type": "yarn"}, "rope_theta": 500000, "sliding_window": 4096, "tie_word_embeddings": false, "transformers_version": "4.57.1", "use_cache": false,
             "vocab_size": 100278}
            """,
            7_298_011_136),
        ["SmolLM3-3B"] = (
            $$"""
            {"architectures": ["SmolLM3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": null, "eos_token_id": 128012,
             "hidden_act": "silu", "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 11008,
             "layer_types": [{{string.Join(", ", Enumerable.Repeat("\"full_attention\"", 36))}}], "max_position_embeddings": 65536, "max_window_layers": 28,
             "mlp_bias": false, "model_type": "smollm3", "no_rope_layer_interval": 4,
             "no_rope_layers": [{{string.Join(", ", Enumerable.Range(1, 36).Select(l => l % 4 == 0 ? 0 : 1))}}], "num_attention_heads": 16, "num_hidden_layers": 36,
             "num_key_value_heads": 4, "pad_token_id": 128004, "pretraining_tp": 2, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 5000000.0,
             "sliding_window": null, "torch_dtype": "bfloat16", "transformers_version": "4.54.0.dev0", "use_cache": false, "use_sliding_window": false,
             "vocab_size": 128256}
            """,
            3_075_098_624),
        ["Qwen2.5-0.5B"] = (
            """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643, "hidden_act": "silu", "hidden_size": 896,
             "initializer_range": 0.02, "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2",
             "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768,
             "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1", "use_cache": true, "use_mrope": false,
             "use_sliding_window": false, "vocab_size": 151936}
            """,
            494_032_768),
        ["Qwen3-0.6B"] = (
            """
            {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151643, "head_dim": 128,
             "hidden_act": "silu", "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072, "max_position_embeddings": 32768, "max_window_layers": 28,
             "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null,
             "rope_theta": 1000000, "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.51.0",
             "use_cache": true, "use_sliding_window": false, "vocab_size": 151936}
            """,
            596_049_920),
        ["Mistral-7B-v0.1"] = (
            """
            {"architectures": ["MistralForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
             "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral", "num_attention_heads": 32, "num_hidden_layers": 32,
             "num_key_value_heads": 8, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "transformers_version": "4.34.0.dev0", "use_cache": true, "vocab_size": 32000}
            """,
            7_241_732_096),
        ["gemma-2-2b"] = (
            """
            {"architectures": ["Gemma2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "bos_token_id": 2,
             "cache_implementation": "hybrid", "eos_token_id": 1, "final_logit_softcapping": 30.0, "head_dim": 256, "hidden_act": "gelu_pytorch_tanh",
             "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 2304, "initializer_range": 0.02, "intermediate_size": 9216, "max_position_embeddings": 8192,
             "model_type": "gemma2", "num_attention_heads": 8, "num_hidden_layers": 26, "num_key_value_heads": 4, "pad_token_id": 0, "query_pre_attn_scalar": 256,
             "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 4096, "torch_dtype": "float32", "transformers_version": "4.42.4", "use_cache": true,
             "vocab_size": 256000}
            """,
            2_614_341_888),
        ["Apertus-8B-2509"] = (
            """
            {"architectures": ["ApertusForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "xielu",
             "hidden_dropout": 0.0, "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 21504, "max_position_embeddings": 65536, "mlp_bias": false,
             "model_type": "apertus", "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pad_token_id": 3, "post_norm": false,
             "qk_norm": true, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
             "original_max_position_embeddings": 8192, "rope_type": "llama3", "type": "llama3"}, "rope_theta": 12000000, "tie_word_embeddings": false,
             "torch_dtype": "bfloat16", "transformers_version": "4.56.0.dev0", "use_cache": true, "vocab_size": 131072}
            """,
            8_053_338_176),
    };

    /// <summary>As Olmo 3 has them: a window in all but every fourth.</summary>
    private static string LayerTypes(int layers) => string.Join(", ", Enumerable.Range(1, layers).Select(l => l % 4 == 0 ? "\"full_attention\"" : "\"sliding_attention\""));

    private static (string Json, long Parameters) Olmo(int width, int layers, int heads, int mlp, string clip, bool tied, long parameters) => (
        $$"""
        {"architectures": ["OlmoForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "clip_qkv": {{clip}}, "eos_token_id": 50279, "hidden_act": "silu",
         "hidden_size": {{width}}, "initializer_range": 0.02, "intermediate_size": {{mlp}}, "max_position_embeddings": 2048, "model_type": "olmo",
         "num_attention_heads": {{heads}}, "num_hidden_layers": {{layers}}, "num_key_value_heads": {{heads}}, "pad_token_id": 1, "pretraining_tp": 1,
         "rope_scaling": null, "rope_theta": 10000.0, "tie_word_embeddings": {{(tied ? "true" : "false")}}, "torch_dtype": "float32",
         "transformers_version": "4.40.0.dev0", "use_cache": true, "vocab_size": 50304}
        """,
        parameters);
}
