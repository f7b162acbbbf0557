namespace CircuitGrid.Models.Architectures;

/// <summary>
/// The tensors that make up a model, by name and shape, in the order of its computation. The canonical names are those of Hugging Face's classes; files that
/// leave out the prefix in front, as in <c>gpt_neox.</c>, mean the same tensors.
/// </summary>
public static class TensorLayout
{
    /// <summary>All tensors of a model. Matrices are [outputs, inputs], GPT-2's (Conv1D) [inputs, outputs]; embeddings are [rows, D].</summary>
    public static IEnumerable<TensorSpec> Of(ModelConfig config) => config.TiedUnembedding ? config.Family.Tensors(config) : config.Family.Tensors(config).Append(Unembedding(config));

    /// <summary>The canonical form of a name that a file or a caller uses.</summary>
    public static string Canonical(ModelFamily family, string name) => family.Canonical(name);

    /// <summary>
    /// The unembedding that a model with a tied one may have in its files all the same, as older versions of transformers save it,
    /// and the embedding that it must then equal.
    /// </summary>
    internal static (TensorSpec Unembedding, string Embedding) TiedUnembedding(ModelConfig config) => (Unembedding(config), config.Family.EmbeddingName);

    /// <summary>Whether a tensor, by its canonical name, is one that follows from the configuration and is left unread.</summary>
    internal static bool IsBuffer(ModelFamily family, string name) => family.Buffers.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>What a tensor, by its canonical name, must hold because the family says so; <see langword="null"/> if it isn't of that kind.</summary>
    internal static double? FindConstant(ModelFamily family, string name) =>
        family.Constants.Where(c => name.EndsWith(c.End, StringComparison.Ordinal)).Select(c => (double?)c.Value).FirstOrDefault();

    private static TensorSpec Unembedding(ModelConfig config) => new(config.Family.UnembeddingName, [config.Vocabulary, config.Width], IsEmbedding: true);
}
