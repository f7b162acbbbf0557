using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>
/// What a checkpoint's weights are as numbers, small enough to be kept for every checkpoint of a suite: what is needed to tell equal weights, stale parts
/// and weights of another run apart without loading two checkpoints.
/// Samples are of every tensor of two axes: n of its N elements, one at a random place in each of n runs that divide them evenly, n being 64 or 4096 divided by
/// the number of such tensors, whichever is less. Models of one shape are sampled at the same places.
/// </summary>
/// <param name="numbers">See <see cref="Numbers"/>.</param>
/// <param name="tensors">See <see cref="Tensors"/>.</param>
public sealed class WeightPrint(string numbers, ImmutableArray<TensorPrint> tensors)
{
    /// <summary>
    /// SHA-256 over the canonical configuration and, in ordinal order of their canonical names, every tensor's name, shape and the SHA-256 of its elements as
    /// float32 with −0 written as +0; 64 lower-case hexadecimal digits. Files of other forms and types of element that hold the same numbers have the same.
    /// </summary>
    public string Numbers { get; } = numbers;

    /// <summary>All tensors of the model, in ordinal order of their canonical names.</summary>
    public ImmutableArray<TensorPrint> Tensors { get; } = tensors;

    /// <summary>The print as bytes: one way to write each, a few kilobytes to some forty.</summary>
    public byte[] Encode() => WeightPrintCodec.Encode(this);

    /// <summary>Reads a print.</summary>
    /// <param name="bytes">What <see cref="Encode"/> wrote.</param>
    /// <param name="source">What to call it in messages.</param>
    /// <exception cref="InvalidInputException">The bytes are damaged, or of another version.</exception>
    public static WeightPrint Decode(ReadOnlySpan<byte> bytes, string source) => WeightPrintCodec.Decode(bytes, source);

    /// <summary>Reads a print where the bytes are one of this version and whole.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out WeightPrint? print)
    {
        try
        {
            print = Decode(bytes, "weight print");
            return true;
        }
        catch (InvalidInputException)
        {
            print = null;
            return false;
        }
    }
}
