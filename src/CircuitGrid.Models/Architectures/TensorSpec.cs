using System.Collections.Immutable;

namespace CircuitGrid.Models.Architectures;

/// <summary>A tensor that a model consists of.</summary>
/// <param name="Name">Its canonical name; see <see cref="TensorLayout"/>.</param>
/// <param name="Shape">Extents, slowest axis first; one or two.</param>
/// <param name="IsEmbedding">Whether it embeds tokens or positions or is the unembedding.</param>
public sealed record TensorSpec(string Name, ImmutableArray<int> Shape, bool IsEmbedding = false)
{
    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (product, extent) => product * extent);
}
