using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats;

/// <summary>
/// Reads the header of a safetensors file: eight bytes of length, that many bytes of JSON {name: {dtype, shape, data_offsets}}, then the
/// elements. As the format demands, the tensors must cover the rest of the file exactly, without holes or overlaps.
/// </summary>
internal static class SafetensorsFile
{
    public const string MetadataKey = "__metadata__";

    private const int LengthBytes = 8;

    // The limit of the format's own library.
    private const long MaxHeaderBytes = 100_000_000;
    private const int MaxDepth = 8;
    private const int MaxAxes = 16;

    /// <summary>The tensors of a file, by name.</summary>
    /// <exception cref="InvalidInputException">The header isn't valid or doesn't fit the file.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> ReadTensors(SourceFile file) => ReadTensors(file, file.Path, file.Length);

    /// <summary>The tensors of a file of which the header alone may be here; their elements can't be read then.</summary>
    /// <param name="file">The file, or its header.</param>
    /// <param name="path">The file's path for messages.</param>
    /// <param name="length">Bytes of the whole file.</param>
    /// <exception cref="InvalidInputException">The header isn't valid or doesn't fit the file.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> ReadTensors(SourceFile file, string path, long length)
    {
        if (length < LengthBytes)
        {
            throw new InvalidInputException(path, $"is {length} bytes long, too short for a safetensors file; was it copied whole?");
        }

        Span<byte> prefix = stackalloc byte[LengthBytes];
        file.ReadExactly(0, prefix);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaxHeaderBytes)
        {
            throw new InvalidInputException(path, $"its header says it is {headerLength} bytes long, more than the {MaxHeaderBytes} of any safetensors file; this isn't one, or its start is damaged");
        }

        var available = length - LengthBytes;
        if ((long)headerLength > available)
        {
            throw new InvalidInputException(path, $"its header says it is {headerLength} bytes long, but only {available} follow; the file is cut short or its start is damaged");
        }

        var header = new byte[headerLength];
        file.ReadExactly(LengthBytes, header);
        var entries = ReadHeader(path, header);
        var dataStart = LengthBytes + (long)headerLength;
        CheckCoverage(path, entries, length - dataStart);
        return entries.ToDictionary(
            entry => entry.Name,
            entry => new StoredTensor(
                entry.Name,
                entry.Type.Name,
                entry.Type.Kind,
                entry.Shape,
                new StorageBlock(file, dataStart + entry.Start, entry.End - entry.Start),
                FirstByte: 0),
            StringComparer.Ordinal);
    }

    private static List<Entry> ReadHeader(string path, byte[] header)
    {
        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            Expect(path, ref reader, JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name))
                {
                    throw new InvalidInputException(Where(path, name), "stands in the header twice");
                }

                reader.Read();
                if (name == MetadataKey)
                {
                    Expect(path, ref reader, JsonTokenType.StartObject);
                    reader.Skip();
                }
                else
                {
                    entries.Add(ReadEntry(path, name, ref reader));
                }
            }

            // Only spaces may follow, which pad the header; the reader throws on anything else.
            reader.Read();
            return entries;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException is how the reader reports a string that isn't valid Unicode.
            throw new InvalidInputException(path, "its header isn't valid JSON: " + Text.OneLine(e.Message), e);
        }
    }

    private static Entry ReadEntry(string path, string name, ref Utf8JsonReader reader)
    {
        var where = Where(path, name);
        Expect(where, ref reader, JsonTokenType.StartObject);
        string? type = null;
        ImmutableArray<long>? shape = null;
        ImmutableArray<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(where, ref reader, JsonTokenType.String);
                    type = reader.GetString();
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(where, key, ref reader);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(where, key, ref reader);
                    break;
                default:
                    throw new InvalidInputException(where, $"its header entry has an unknown or repeated key, {Text.OneLine(key)}");
            }
        }

        if (type is null || shape is null || offsets is null)
        {
            throw new InvalidInputException(where, $"its header entry lacks {(type is null ? "dtype" : shape is null ? "shape" : "data_offsets")}");
        }

        if (offsets.Value is not [var start, var end] || end < start)
        {
            throw new InvalidInputException(where, $"data_offsets [{string.Join(", ", offsets.Value)}] must be a start and an end not before it");
        }

        return new Entry(name, SafetensorsType.Find(type) ?? throw new InvalidInputException(where, $"has unknown dtype {Text.OneLine(type)}"), shape.Value, start, end);
    }

    private static ImmutableArray<long> ReadIntegers(string where, string key, ref Utf8JsonReader reader)
    {
        Expect(where, ref reader, JsonTokenType.StartArray);
        var values = ImmutableArray.CreateBuilder<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (values.Count == MaxAxes || reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value) || value < 0)
            {
                throw new InvalidInputException(where, $"{key} must be an array of at most {MaxAxes} non-negative integers");
            }

            values.Add(value);
        }

        return values.ToImmutable();
    }

    private static void CheckCoverage(string path, List<Entry> entries, long dataBytes)
    {
        foreach (var entry in entries)
        {
            // Saturating at more than any file holds keeps a product of hostile extents from wrapping around to a plausible size.
            var elements = entry.Shape.Aggregate((Int128)1, (product, extent) => Int128.Min(product * extent, long.MaxValue));
            if (elements * entry.Type.Bits != (Int128)(entry.End - entry.Start) * 8)
            {
                throw new InvalidInputException(Where(path, entry.Name), $"shape [{string.Join(", ", entry.Shape)}] of {entry.Type.Name} doesn't fill the {entry.End - entry.Start} bytes that data_offsets give it");
            }
        }

        long covered = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Start).ThenBy(entry => entry.End))
        {
            if (entry.Start != covered)
            {
                throw new InvalidInputException(Where(path, entry.Name), $"starts at byte {entry.Start} of the data, {(entry.Start < covered ? "inside another tensor" : "after a hole")}; it should start at {covered}");
            }

            covered = entry.End;
        }

        if (covered != dataBytes)
        {
            throw new InvalidInputException(path, $"its header describes {covered} bytes of tensors, but {dataBytes} follow it; {(covered > dataBytes ? "the file is cut short" : "something was added at the end")}");
        }
    }

    private static void Expect(string where, ref Utf8JsonReader reader, JsonTokenType type)
    {
        if (reader.TokenType != type)
        {
            throw new InvalidInputException(where, $"its header has {reader.TokenType} where {type} should be, at byte {reader.TokenStartIndex}");
        }
    }

    private static string Where(string path, string name) => $"{path}: tensor {Text.OneLine(name)}";

    private readonly record struct Entry(string Name, SafetensorsType Type, ImmutableArray<long> Shape, long Start, long End);
}
