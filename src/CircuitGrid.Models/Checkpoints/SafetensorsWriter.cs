using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Checkpoints.Formats;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Extents, slowest axis first.</param>
/// <param name="Kind">What its elements are stored as, rounded to nearest, ties to even.</param>
/// <param name="Read">Gives the elements, row-major; called once, when it is the tensor's turn.</param>
public sealed record TensorValues(string Name, ImmutableArray<int> Shape, ElementKind Kind, Func<ReadOnlyMemory<float>> Read)
{
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Extents, slowest axis first.</param>
    /// <param name="kind">What its elements are stored as, rounded to nearest, ties to even.</param>
    /// <param name="values">The elements, row-major.</param>
    public TensorValues(string name, ImmutableArray<int> shape, ElementKind kind, ReadOnlyMemory<float> values)
        : this(name, shape, kind, () => values)
    {
    }

    /// <summary>Number of elements.</summary>
    internal long Length => Shape.Aggregate(1L, (product, extent) => checked(product * extent));
}

/// <summary>Writes safetensors files. The same tensors give the same bytes.</summary>
public static class SafetensorsWriter
{
    private const int ChunkElements = 1 << 14;

    // Readers that map the file want elements at multiples of their size; the format's own library pads to this too.
    private const int HeaderAlignment = 8;

    /// <summary>
    /// Writes the tensors in the order given, those of wider elements first. The file appears whole or not at all: it is written under
    /// another name in the same folder, brought to the disk and renamed.
    /// </summary>
    /// <exception cref="ArgumentException">A shape doesn't fit its values, or a name occurs twice.</exception>
    /// <exception cref="InvalidInputException">A value isn't finite or too large for its type, or the file can't be written.</exception>
    public static void Write(string path, IEnumerable<TensorValues> tensors)
    {
        var ordered = tensors.OrderByDescending(tensor => tensor.Kind.Size()).ToList();
        var header = MakeHeader(ordered);
        OutputFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in ordered)
            {
                WriteElements(path, stream, tensor);
            }
        });
    }

    private static byte[] MakeHeader(List<TensorValues> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();

            // Hugging Face's loader asks for this entry before it reads a file.
            json.WriteStartObject(SafetensorsFile.MetadataKey);
            json.WriteString("format", "pt");
            json.WriteEndObject();
            var names = new HashSet<string>(StringComparer.Ordinal) { SafetensorsFile.MetadataKey };
            long offset = 0;
            foreach (var tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"there are two tensors of the name {tensor.Name}", nameof(tensors));
                }

                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Kind.ToString());
                json.WriteStartArray("shape");
                foreach (var extent in tensor.Shape)
                {
                    json.WriteNumberValue(extent);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.Length * tensor.Kind.Size();
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % HeaderAlignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteElements(string path, Stream stream, TensorValues tensor)
    {
        var elements = tensor.Read().Span;
        if (elements.Length != tensor.Length)
        {
            throw new ArgumentException($"tensor {tensor.Name} has {elements.Length} values for shape [{string.Join(", ", tensor.Shape)}]", nameof(tensor));
        }

        var narrow = new ushort[tensor.Kind.Size() == sizeof(ushort) ? ChunkElements : 0];
        var wide = new double[tensor.Kind == ElementKind.F64 ? ChunkElements : 0];
        for (var start = 0; start < elements.Length; start += ChunkElements)
        {
            var values = elements.Slice(start, Math.Min(ChunkElements, elements.Length - start));
            if (HalfPrecision.IndexOfNonFinite(values) is var index and >= 0)
            {
                throw Unwritable(path, tensor, start + index, values[index], "only finite numbers can be stored");
            }

            if (tensor.Kind == ElementKind.F32)
            {
                stream.Write(MemoryMarshal.AsBytes(values));
                continue;
            }

            if (tensor.Kind == ElementKind.F64)
            {
                for (var i = 0; i < values.Length; i++)
                {
                    wide[i] = values[i];
                }

                stream.Write(MemoryMarshal.AsBytes(wide.AsSpan(0, values.Length)));
                continue;
            }

            for (var i = 0; i < values.Length; i++)
            {
                narrow[i] = tensor.Kind == ElementKind.F16 ? HalfPrecision.NarrowHalf(values[i]) : HalfPrecision.NarrowBFloat16(values[i]);
                if (HalfPrecision.IsNonFinite(narrow[i], tensor.Kind))
                {
                    throw Unwritable(path, tensor, start + i, values[i], $"too large for {tensor.Kind}");
                }
            }

            stream.Write(MemoryMarshal.AsBytes(narrow.AsSpan(0, values.Length)));
        }
    }

    private static InvalidInputException Unwritable(string path, TensorValues tensor, int index, float value, string reason) =>
        new($"{path}: tensor {tensor.Name}", string.Create(CultureInfo.InvariantCulture, $"element {index} is {value:R}; {reason}"));
}
