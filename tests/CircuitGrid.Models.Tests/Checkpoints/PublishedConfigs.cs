namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>The <c>config.json</c>s of published models: their keys and values, and the number of parameters that the models were published with.</summary>
internal static class PublishedConfigs
{
    public static IReadOnlyDictionary<string, (string Json, long Parameters)> All { get; } = new Dictionary<string, (string Json, long Parameters)>(StringComparer.Ordinal)
    {
        ["pythia-14m"] = Pythia(6, 4, 128, 50304, 14_067_712),
        ["pythia-70m"] = Pythia(6, 8, 512, 50304, 70_426_624),
        ["pythia-160m"] = Pythia(12, 12, 768, 50304, 162_322_944),
        ["pythia-410m"] = Pythia(24, 16, 1024, 50304, 405_334_016),
        ["pythia-1b"] = Pythia(16, 8, 2048, 50304, 1_011_781_632),
        ["pythia-1.4b"] = Pythia(24, 16, 2048, 50304, 1_414_647_808),
        ["pythia-2.8b"] = Pythia(32, 32, 2560, 50304, 2_775_208_960),
        ["pythia-6.9b"] = Pythia(32, 32, 4096, 50432, 6_857_302_016),
        ["pythia-12b"] = Pythia(36, 40, 5120, 50688, 11_846_072_320),
        ["pythia-6.9b, saved again by 4.45"] = (
            """
            {"_name_or_path": "EleutherAI/pythia-6.9b-deduped", "architectures": ["GPTNeoXForCausalLM"], "attention_bias": true, "attention_dropout": 0.0,
             "bos_token_id": 0, "classifier_dropout": 0.1, "eos_token_id": 0, "hidden_act": "gelu", "hidden_dropout": 0.0, "hidden_size": 4096,
             "initializer_range": 0.02, "intermediate_size": 16384, "layer_norm_eps": 1e-05, "max_position_embeddings": 2048, "model_type": "gpt_neox",
             "num_attention_heads": 32, "num_hidden_layers": 32, "partial_rotary_factor": 0.25, "rope_scaling": null, "rope_theta": 10000,
             "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.45.2",
             "use_cache": true, "use_parallel_residual": true, "vocab_size": 50432}
            """,
            6_857_302_016),
        ["pythia-70m, saved again by 5.0"] = (
            """
            {"architectures": ["GPTNeoXForCausalLM"], "attention_bias": true, "attention_dropout": 0.0, "bos_token_id": 0, "classifier_dropout": 0.1,
             "dtype": "float16", "eos_token_id": 0, "hidden_act": "gelu", "hidden_dropout": 0.0, "hidden_size": 512, "initializer_range": 0.02,
             "intermediate_size": 2048, "is_decoder": false, "layer_norm_eps": 1e-05, "max_position_embeddings": 2048, "model_type": "gpt_neox",
             "num_attention_heads": 8, "num_hidden_layers": 6, "pad_token_id": null,
             "rope_parameters": {"partial_rotary_factor": 0.25, "rope_theta": 10000, "rope_type": "default"}, "tie_word_embeddings": false,
             "transformers_version": "5.0.0", "use_cache": true, "use_parallel_residual": true, "vocab_size": 50304}
            """,
            70_426_624),
        ["gpt-neox-20b"] = (
            """
            {"architectures": ["GPTNeoXForCausalLM"], "attention_probs_dropout_prob": 0, "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu_fast",
             "hidden_dropout_prob": 0, "hidden_size": 6144, "initializer_range": 0.02, "intermediate_size": 24576, "layer_norm_eps": 1e-05,
             "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 64, "num_hidden_layers": 44, "rotary_emb_base": 10000,
             "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16", "transformers_version": "4.19.0.dev0", "use_cache": true,
             "vocab_size": 50432}
            """,
            20_554_567_680),
        ["gpt2"] = Gpt2(12, 12, 768, "", 124_439_808),
        ["gpt2-medium"] = Gpt2(24, 16, 1024, "\"n_special\": 0, \"predict_special_tokens\": true,", 354_823_168),
        ["gpt2-large"] = Gpt2(36, 20, 1280, "", 774_030_080),
        ["gpt2-xl"] = Gpt2(48, 25, 1600, "\"output_past\": true,", 1_557_611_200),
        ["gpt2-medium, saved again by 4.12"] = Gpt2(
            24,
            16,
            1024,
            """
            "_name_or_path": "gpt2-medium", "gradient_checkpointing": false, "n_inner": null, "n_special": 0, "predict_special_tokens": true,
            "reorder_and_upcast_attn": false, "scale_attn_by_inverse_layer_idx": false, "scale_attn_weights": true, "torch_dtype": "float32",
            "transformers_version": "4.12.5", "use_cache": true,
            """,
            354_823_168),
        ["gpt2, written by 2.x"] = Gpt2(
            12,
            12,
            768,
            """
            "finetuning_task": null, "id2label": {"0": "LABEL_0", "1": "LABEL_1"}, "is_decoder": false, "label2id": {"LABEL_0": 0, "LABEL_1": 1}, "num_labels": 2,
            "output_attentions": false, "output_hidden_states": false, "output_past": true, "predict_special_tokens": true, "pruned_heads": {},
            "torchscript": false, "use_bfloat16": false,
            """,
            124_439_808),
    };

    private static (string Json, long Parameters) Pythia(int layers, int heads, int width, int vocabulary, long parameters) => (
        $$"""
        {"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu", "hidden_size": {{width}},
         "initializer_range": 0.02, "intermediate_size": {{4 * width}}, "layer_norm_eps": 1e-05, "max_position_embeddings": 2048, "model_type": "gpt_neox",
         "num_attention_heads": {{heads}}, "num_hidden_layers": {{layers}}, "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false,
         "torch_dtype": "float16", "transformers_version": "4.24.0", "use_cache": true, "use_parallel_residual": true, "vocab_size": {{vocabulary}}}
        """,
        parameters);

    private static (string Json, long Parameters) Gpt2(int layers, int heads, int width, string more, long parameters) => (
        $$$"""
        {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1, "bos_token_id": 50256, "embd_pdrop": 0.1,
         "eos_token_id": 50256, "initializer_range": 0.02, "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": {{{width}}},
         "n_head": {{{heads}}}, "n_layer": {{{layers}}}, "n_positions": 1024, {{{more}}} "resid_pdrop": 0.1, "summary_activation": null,
         "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index", "summary_use_proj": true,
         "task_specific_params": {"text-generation": {"do_sample": true, "max_length": 50}}, "vocab_size": 50257}
        """,
        parameters);
}
