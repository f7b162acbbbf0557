using System.Collections.Immutable;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>Tensors that stand together in a file: all of a safetensors file, or those of one dictionary in a file of torch.</summary>
/// <param name="Key">The keys that lead to it from the file's top, with dots between them; empty at the top.</param>
/// <param name="Depth">How many keys these are.</param>
/// <param name="Tensors">The tensors, by the names the file gives them.</param>
/// <param name="Others">Names beside them that mean something else than tensors.</param>
internal sealed record TensorGroup(string Key, int Depth, IReadOnlyDictionary<string, StoredTensor> Tensors, ImmutableArray<string> Others)
{
    /// <summary>Tensors at a file's top with nothing beside them.</summary>
    public static TensorGroup Top(IReadOnlyDictionary<string, StoredTensor> tensors) => new("", 0, tensors, []);
}
