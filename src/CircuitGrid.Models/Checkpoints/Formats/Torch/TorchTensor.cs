using System.Buffers.Binary;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A tensor of a file of <c>torch.save</c> that is read as numbers, whatever type they are stored in.</summary>
/// <param name="where">File and tensor, as messages name them.</param>
/// <param name="tensor">What the pickle says about it.</param>
/// <param name="storages">Where its elements lie.</param>
internal sealed class TorchTensor(string where, PickleTensor tensor, ITorchStorages storages)
{
    private const int LargestStorage = 1 << 30;

    /// <summary>File and tensor, as messages name them.</summary>
    public string Where => where;

    /// <summary>Extents, slowest axis first.</summary>
    public ImmutableArray<long> Shape => tensor.Shape;

    /// <summary>Type and shape, as messages name them.</summary>
    public string Description => $"{tensor.Type.Name} of shape [{string.Join(", ", Shape)}]";

    /// <summary>All elements in row-major order; false and true are 0 and 1.</summary>
    /// <exception cref="InvalidInputException">They aren't all there, are damaged, or of a type that isn't read.</exception>
    public double[] Read()
    {
        var convert = Converter(tensor.Type.Name) ?? throw new InvalidInputException(where, $"is stored as {Text.OneLine(tensor.Type.Name)}, which isn't read");
        var block = storages.Find(where, tensor.Storage);
        var elements = Math.Min(tensor.Storage.View.Length * tensor.Storage.Type.Size / tensor.Type.Size, LargestStorage / tensor.Type.Size);
        var (count, last) = (Int128.One, (Int128)tensor.Offset);
        for (var axis = 0; axis < Shape.Length; axis++)
        {
            // Saturating, so that no product of hostile extents and strides wraps around to one that looks right.
            count = Int128.Min(count * Shape[axis], long.MaxValue);
            last = Int128.Min(last + ((Int128)Math.Max(0, Shape[axis] - 1) * tensor.Strides[axis]), long.MaxValue);
        }

        if (count > elements || (count > 0 && last >= elements))
        {
            throw new InvalidInputException(where, $"with shape [{string.Join(", ", Shape)}] reaches beyond the {elements} elements of its storage");
        }

        block.Verify(Text.OneLine(tensor.Storage.Key));
        var bytes = new byte[count == 0 ? 0 : ((long)last + 1 - tensor.Offset) * tensor.Type.Size];
        block.Read((tensor.Storage.View.Start * tensor.Storage.Type.Size) + (count == 0 ? 0 : tensor.Offset * tensor.Type.Size), bytes);
        var values = new double[(long)count];
        var index = new long[Shape.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var at = 0L;
            for (var axis = 0; axis < index.Length; axis++)
            {
                at += index[axis] * tensor.Strides[axis];
            }

            values[i] = convert(bytes.AsSpan((int)(at * tensor.Type.Size)));
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == Shape[axis]; axis--)
            {
                index[axis] = 0;
            }
        }

        return values;
    }

    private static Func<ReadOnlySpan<byte>, double>? Converter(string type) => type switch
    {
        "torch.float64" => BinaryPrimitives.ReadDoubleLittleEndian,
        "torch.float32" => bytes => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        "torch.float16" => bytes => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        "torch.bfloat16" => bytes => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
        "torch.bool" or "torch.uint8" => bytes => bytes[0],
        "torch.int8" => bytes => (sbyte)bytes[0],
        "torch.int16" => bytes => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        "torch.int32" => bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        "torch.int64" => bytes => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        _ => null,
    };
}
