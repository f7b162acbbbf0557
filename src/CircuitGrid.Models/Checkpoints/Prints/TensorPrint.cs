using System.Collections.Immutable;
using CircuitGrid.Models.Architectures;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>What one tensor of a checkpoint is as numbers.</summary>
/// <param name="Name">Canonical name; see <see cref="TensorLayout"/>.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Digest">The first 16 bytes of the SHA-256 of its elements as little-endian float32, row-major, −0 written as +0; 32 lower-case hexadecimal digits.</param>
/// <param name="File">The file it was in, without its folder.</param>
/// <param name="Norm">Euclidean norm of its finite elements.</param>
/// <param name="NonFinite">How many elements are infinite or no numbers as float32.</param>
/// <param name="Sample">Elements at fixed places, in row-major order; see <see cref="WeightPrint"/>. Empty for vectors, and where an element isn't finite.</param>
public sealed record TensorPrint(
    string Name,
    ImmutableArray<int> Shape,
    string Digest,
    string File,
    double Norm,
    long NonFinite,
    ImmutableArray<float> Sample)
{
    /// <summary>Whether all elements are zero.</summary>
    public bool IsZero => Norm == 0 && NonFinite == 0;

    /// <summary>Whether it has two axes or more.</summary>
    public bool IsMatrix => Shape.Length > 1;
}
