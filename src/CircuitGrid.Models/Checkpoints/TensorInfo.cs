using System.Collections.Immutable;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>A tensor of an open checkpoint.</summary>
/// <param name="Name">Canonical name; see <see cref="TensorLayout"/>.</param>
/// <param name="Kind">How its elements are stored.</param>
/// <param name="Shape">Extents, slowest axis first; one or two.</param>
/// <param name="File">Path of the file that holds it.</param>
public sealed record TensorInfo(string Name, ElementKind Kind, ImmutableArray<int> Shape, string File)
{
    /// <summary>Number of elements.</summary>
    public long Length => Shape.Aggregate(1L, (product, extent) => product * extent);
}
