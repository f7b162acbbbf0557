using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>A tensor that a model consists of.</summary>
/// <param name="Name">Its canonical name; see <see cref="TensorLayout"/>.</param>
/// <param name="Shape">Extents, slowest axis first; one or two.</param>
/// <param name="IsEmbedding">Whether it embeds tokens or positions or is the unembedding.</param>
public sealed record TensorSpec(string Name, ImmutableArray<int> Shape, bool IsEmbedding = false)
{
    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (product, extent) => product * extent);
}

/// <summary>
/// The tensors that make up a model, by name and shape, in the order of its computation. The canonical names are those of Hugging Face's
/// GPTNeoXForCausalLM and GPT2LMHeadModel; files that leave out the <c>gpt_neox.</c> or <c>transformer.</c> in front mean the same tensors.
/// </summary>
public static class TensorLayout
{
    private const string NeoXPrefix = "gpt_neox.";
    private const string NeoXEmbedding = NeoXPrefix + "embed_in.weight";
    private const string NeoXUnembedding = "embed_out.weight";
    private const string Gpt2Prefix = "transformer.";
    private const string Gpt2Embedding = Gpt2Prefix + "wte.weight";
    private const string Gpt2Unembedding = "lm_head.weight";

    // Masks and tables that Hugging Face's modules carry along; they follow from the configuration.
    private static readonly string[] s_neoXBuffers = [".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"];
    private static readonly string[] s_gpt2Buffers = [".attn.bias", ".attn.masked_bias"];

    /// <summary>All tensors of a model. GPT-NeoX matrices are [outputs, inputs], GPT-2's (Conv1D) are [inputs, outputs]; embeddings are [rows, D].</summary>
    public static IEnumerable<TensorSpec> Of(ModelConfig config) =>
        config.Architecture == Architecture.GptNeoX ? OfGptNeoX(config) : OfGpt2(config);

    /// <summary>The canonical form of a name that a file or a caller uses.</summary>
    public static string Canonical(Architecture architecture, string name)
    {
        var (prefix, unembedding) = architecture == Architecture.GptNeoX ? (NeoXPrefix, NeoXUnembedding) : (Gpt2Prefix, Gpt2Unembedding);
        return name == unembedding || name.StartsWith(prefix, StringComparison.Ordinal) ? name : prefix + name;
    }

    /// <summary>
    /// The unembedding that a model with a tied one may have in its files all the same, as older versions of transformers save it,
    /// and the embedding that it must then equal.
    /// </summary>
    internal static (TensorSpec Unembedding, string Embedding) TiedUnembedding(ModelConfig config) => config.Architecture == Architecture.GptNeoX
        ? (new(NeoXUnembedding, [config.Vocabulary, config.Width], IsEmbedding: true), NeoXEmbedding)
        : (new(Gpt2Unembedding, [config.Vocabulary, config.Width], IsEmbedding: true), Gpt2Embedding);

    /// <summary>Whether a tensor, by its canonical name, is one that follows from the configuration and is left unread.</summary>
    internal static bool IsBuffer(Architecture architecture, string name) =>
        Array.Exists(architecture == Architecture.GptNeoX ? s_neoXBuffers : s_gpt2Buffers, suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    private static IEnumerable<TensorSpec> OfGptNeoX(ModelConfig config)
    {
        var (width, mlp, vocabulary) = (config.Width, config.MlpWidth, config.Vocabulary);
        yield return new(NeoXEmbedding, [vocabulary, width], IsEmbedding: true);
        for (var l = 0; l < config.Layers; l++)
        {
            var layer = $"{NeoXPrefix}layers.{l}.";
            yield return new(layer + "input_layernorm.weight", [width]);
            yield return new(layer + "input_layernorm.bias", [width]);
            yield return new(layer + "post_attention_layernorm.weight", [width]);
            yield return new(layer + "post_attention_layernorm.bias", [width]);
            yield return new(layer + "attention.query_key_value.weight", [3 * width, width]);
            yield return new(layer + "attention.query_key_value.bias", [3 * width]);
            yield return new(layer + "attention.dense.weight", [width, width]);
            yield return new(layer + "attention.dense.bias", [width]);
            yield return new(layer + "mlp.dense_h_to_4h.weight", [mlp, width]);
            yield return new(layer + "mlp.dense_h_to_4h.bias", [mlp]);
            yield return new(layer + "mlp.dense_4h_to_h.weight", [width, mlp]);
            yield return new(layer + "mlp.dense_4h_to_h.bias", [width]);
        }

        yield return new(NeoXPrefix + "final_layer_norm.weight", [width]);
        yield return new(NeoXPrefix + "final_layer_norm.bias", [width]);
        if (!config.TiedUnembedding)
        {
            yield return new(NeoXUnembedding, [vocabulary, width], IsEmbedding: true);
        }
    }

    private static IEnumerable<TensorSpec> OfGpt2(ModelConfig config)
    {
        var (width, mlp, vocabulary) = (config.Width, config.MlpWidth, config.Vocabulary);
        yield return new(Gpt2Embedding, [vocabulary, width], IsEmbedding: true);
        yield return new(Gpt2Prefix + "wpe.weight", [config.ContextLength, width], IsEmbedding: true);
        for (var l = 0; l < config.Layers; l++)
        {
            var layer = $"{Gpt2Prefix}h.{l}.";
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

        yield return new(Gpt2Prefix + "ln_f.weight", [width]);
        yield return new(Gpt2Prefix + "ln_f.bias", [width]);
        if (!config.TiedUnembedding)
        {
            yield return new(Gpt2Unembedding, [vocabulary, width], IsEmbedding: true);
        }
    }
}
