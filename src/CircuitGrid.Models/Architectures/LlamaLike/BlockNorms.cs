namespace CircuitGrid.Models.Architectures.LlamaLike;

/// <summary>Names of a block's norms, without <c>.weight</c>; <see langword="null"/> where there is none.</summary>
/// <param name="BeforeAttention">Through which queries, keys and values read the stream.</param>
/// <param name="BeforeMlp">Through which the MLP reads it.</param>
/// <param name="AfterAttention">What attention passes before it is added.</param>
/// <param name="AfterMlp">What the MLP passes before it is added.</param>
internal sealed record BlockNorms(string? BeforeAttention, string? BeforeMlp, string? AfterAttention = null, string? AfterMlp = null)
{
    /// <summary>The names with a block's in front.</summary>
    /// <param name="block">What its tensors' names begin with.</param>
    public BlockNorms Within(string block)
    {
        return new(Named(BeforeAttention), Named(BeforeMlp), Named(AfterAttention), Named(AfterMlp));

        string? Named(string? norm) => norm is null ? null : $"{block}.{norm}";
    }
}
