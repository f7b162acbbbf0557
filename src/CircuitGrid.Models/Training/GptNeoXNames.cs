namespace CircuitGrid.Models.Training;

/// <summary>Names of GPT-NeoX's modules in a Hugging Face checkpoint; a tensor is the module's name and <c>.weight</c> or <c>.bias</c>.</summary>
internal static class GptNeoXNames
{
    public const string Embedding = "gpt_neox.embed_in.weight";

    public const string Unembedding = "embed_out.weight";

    public const string FinalNorm = "gpt_neox.final_layer_norm";

    public static string AttentionNorm(int layer) => $"gpt_neox.layers.{layer}.input_layernorm";

    public static string MlpNorm(int layer) => $"gpt_neox.layers.{layer}.post_attention_layernorm";

    public static string QueryKeyValue(int layer) => $"gpt_neox.layers.{layer}.attention.query_key_value";

    public static string AttentionOutput(int layer) => $"gpt_neox.layers.{layer}.attention.dense";

    public static string MlpInput(int layer) => $"gpt_neox.layers.{layer}.mlp.dense_h_to_4h";

    public static string MlpOutput(int layer) => $"gpt_neox.layers.{layer}.mlp.dense_4h_to_h";
}
