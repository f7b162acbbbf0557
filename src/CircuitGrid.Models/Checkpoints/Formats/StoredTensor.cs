using System.Collections.Immutable;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>A tensor as a file says it lies there.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="TypeName">The file's word for its element type.</param>
/// <param name="Kind">That type, or <see langword="null"/> if it isn't one that weights are read from.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Block">Where its elements lie.</param>
/// <param name="FirstByte">Byte of the block at which it starts.</param>
internal sealed record StoredTensor(string Name, string TypeName, ElementKind? Kind, ImmutableArray<long> Shape, StorageBlock Block, long FirstByte)
{
    /// <summary>Elements from one entry of the first axis to the next, and likewise of the second; row-major order without them.</summary>
    public (long Row, long Column)? Strides { get; init; }

    /// <summary>File and tensor, as messages name them.</summary>
    public string Where => $"{Block.File.Path}: tensor {Text.OneLine(Name)}";
}
