using System.Collections.Frozen;

namespace CircuitGrid.Models.Architectures;

/// <summary>
/// Keys that Hugging Face's classes write into a <c>config.json</c> and that have no effect on what a model computes from given weights when it isn't being
/// trained, whatever their value is. A key whose value could change that isn't here: it is read, and what can't be served is refused.
/// </summary>
internal static class ConfigKeys
{
    /// <summary>Of every model.</summary>
    private static readonly string[] s_any =
    [
        // where it comes from, and what it was saved with
        "architectures", "dtype", "torch_dtype", "transformers_version", "transformers_weights", "name_or_path", "_name_or_path", "_commit_hash",
        "finetuning_task", "tokenizer_class", "use_bfloat16",

        // how a library computes the same thing
        "attn_implementation", "_attn_implementation", "_attn_implementation_internal", "_attn_implementation_autoset", "_flash_attn_2_enabled",
        "experts_implementation", "_experts_implementation", "_experts_implementation_internal",
        "cache_implementation", "chunk_size_feed_forward", "gradient_checkpointing", "torchscript", "transformers.js_config", "use_cache", "xla_device",

        // what a library gives back
        "output_attentions", "output_hidden_states", "output_past", "return_dict", "use_return_dict",

        // training
        "initializer_range", "tf_legacy_loss",

        // heads for other tasks than the next token
        "_num_labels", "id2label", "label2id", "num_labels", "problem_type",

        // tokens that mark something; none is added to a prompt because of them
        "bos_token_id", "decoder_start_token_id", "eos_token_id", "pad_token_id", "sep_token_id",

        // causal attention is these families' own, whatever this says; cross-attention is asked for apart
        "is_decoder",

        // generation of text
        "bad_words_ids", "begin_suppress_tokens", "diversity_penalty", "do_sample", "early_stopping", "encoder_no_repeat_ngram_size",
        "encoder_repetition_penalty", "epsilon_cutoff", "eta_cutoff", "exponential_decay_length_penalty", "forced_bos_token_id", "forced_decoder_ids",
        "forced_eos_token_id", "guidance_scale", "length_penalty", "max_length", "max_new_tokens", "max_time", "min_length", "min_new_tokens", "min_p",
        "no_repeat_ngram_size", "num_beam_groups", "num_beams", "num_return_sequences", "output_logits", "output_scores", "penalty_alpha", "prefix",
        "remove_invalid_values", "renormalize_logits", "repetition_penalty", "return_dict_in_generate", "sequence_bias", "suppress_tokens",
        "task_specific_params", "temperature", "top_k", "top_p", "typical_p",
    ];

    /// <summary>None.</summary>
    public static FrozenSet<string> None { get; } = [];

    /// <summary>Of <c>gpt_neox</c>: dropout, which only training has, under the names of several versions.</summary>
    public static FrozenSet<string> GptNeoX { get; } = Of("attention_dropout", "attention_probs_dropout_prob", "classifier_dropout", "hidden_dropout", "hidden_dropout_prob");

    /// <summary>
    /// Of <c>gpt2</c>: dropout, the head over a whole sequence, and the order of operations in mixed precision. <c>predict_special_tokens</c> is about tokens
    /// beside the vocabulary, of which there are none: <c>n_special</c> is refused unless it is 0.
    /// </summary>
    public static FrozenSet<string> Gpt2 { get; } = Of(
        "attn_pdrop",
        "embd_pdrop",
        "resid_pdrop",
        "predict_special_tokens",
        "reorder_and_upcast_attn",
        "summary_activation",
        "summary_first_dropout",
        "summary_proj_to_labels",
        "summary_type",
        "summary_use_proj");

    /// <summary>Of Llama's relatives: dropout, which only training has.</summary>
    public static FrozenSet<string> LlamaLike { get; } = Of("attention_dropout");

    /// <summary>
    /// Of <c>llama</c> besides: the longest sequence under the name of the first conversions, beside the one that counts, and marks that converters leave.
    /// </summary>
    public static FrozenSet<string> Llama { get; } = Of("attention_dropout", "is_llama_config", "max_sequence_length");

    /// <summary>Of <c>smollm3</c> besides: keys of the families it was made from, which its class never reads.</summary>
    public static FrozenSet<string> SmolLm3 { get; } = Of("attention_dropout", "max_window_layers", "pretraining_tp");

    /// <summary>Of <c>apertus</c> besides: dropout under another name.</summary>
    public static FrozenSet<string> Apertus { get; } = Of("attention_dropout", "hidden_dropout");

    /// <summary>Keys of every model for which <c>null</c> says the same as their only supported value.</summary>
    public static IReadOnlyList<string> Nullable { get; } =
    [
        "add_cross_attention",
        "compression_config",
        "cross_attention_hidden_size",
        "is_encoder_decoder",
        "per_layer_config",
        "pruned_heads",
        "quantization_config",
        "tie_encoder_decoder",
    ];

    private static FrozenSet<string> Of(params string[] own) => s_any.Concat(own).ToFrozenSet(StringComparer.Ordinal);
}
