using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Prints;

/// <summary>
/// A print as bytes: magic, version, CRC-32 of what follows, length of the fields, and the fields compressed with Brotli. All numbers are little-endian.
/// </summary>
internal static class WeightPrintCodec
{
    private const byte Version = 1;

    private const int HeaderBytes = 13;
    private const int CrcAt = 5;
    private const int LengthAt = 9;

    private const int MaxFieldBytes = 1 << 25;
    private const int MaxTensors = 1 << 17;
    private const int MaxTextBytes = 1 << 12;
    private const int MaxAxes = 16;

    // More than the best of compressions makes smaller: no length is believed that so few bytes can't give.
    private const int MostTimes = 1 << 12;

    private const int DigestBytes = 16;
    private const int NumbersBytes = 32;

    private static ReadOnlySpan<byte> Magic => "CGWP"u8;

    public static byte[] Encode(WeightPrint print)
    {
        var fields = Fields(print);
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(fields.Length)];
        if (!BrotliEncoder.TryCompress(fields, compressed, out var length, quality: 9, window: 22))
        {
            throw new InvalidOperationException("The fields don't compress into the room that is always enough.");
        }

        var bytes = new byte[HeaderBytes + length];
        Magic.CopyTo(bytes);
        bytes[Magic.Length] = Version;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthAt), fields.Length);
        compressed.AsSpan(0, length).CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcAt), Crc32.Append(0, bytes.AsSpan(LengthAt)));
        return bytes;
    }

    /// <exception cref="InvalidInputException">The bytes are damaged, or of another version.</exception>
    public static WeightPrint Decode(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length < HeaderBytes || !bytes.StartsWith(Magic))
        {
            throw new InvalidInputException(source, "isn't a print of weights");
        }

        if (bytes[Magic.Length] != Version)
        {
            throw new InvalidInputException(source, $"is of version {bytes[Magic.Length]}; this program reads version {Version}");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthAt..]);
        if (Crc32.Append(0, bytes[LengthAt..]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..])
            || length is < 0 or > MaxFieldBytes
            || length / MostTimes > bytes.Length)
        {
            throw new InvalidInputException(source, "is damaged: its checksum is wrong");
        }

        var fields = new byte[length];
        if (!BrotliDecoder.TryDecompress(bytes[HeaderBytes..], fields, out var written) || written != length)
        {
            throw new InvalidInputException(source, "is damaged: it isn't as long as it says");
        }

        var reader = new Reader(fields, source);
        var print = Read(ref reader);
        reader.Finish();
        return print;
    }

    private static byte[] Fields(WeightPrint print)
    {
        var files = print.Tensors.Select(tensor => tensor.File).Distinct(StringComparer.Ordinal).ToList();
        var writer = new Writer([]);
        writer.Bytes(Convert.FromHexString(print.Numbers));
        writer.Int(files.Count);
        files.ForEach(writer.Text);
        writer.Int(print.Tensors.Length);
        foreach (var tensor in print.Tensors)
        {
            writer.Text(tensor.Name);
            writer.Int(tensor.Shape.Length);
            foreach (var extent in tensor.Shape)
            {
                writer.Int(extent);
            }

            writer.Bytes(Convert.FromHexString(tensor.Digest));
            writer.Int(files.IndexOf(tensor.File));
            writer.Long(BitConverter.DoubleToInt64Bits(tensor.Norm));
            writer.Long(tensor.NonFinite);
            writer.Int(tensor.Sample.Length);
            foreach (var value in tensor.Sample)
            {
                writer.Int(BitConverter.SingleToInt32Bits(value));
            }
        }

        return [.. writer.Written];
    }

    private static WeightPrint Read(ref Reader reader)
    {
        var numbers = Convert.ToHexStringLower(reader.Bytes(NumbersBytes));
        var files = new string[reader.Int(0, MaxTensors)];
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = reader.Text();
        }

        var tensors = ImmutableArray.CreateBuilder<TensorPrint>();
        for (var left = reader.Int(0, MaxTensors); left > 0; left--)
        {
            tensors.Add(ReadTensor(ref reader, files));
            reader.Check(tensors.Count == 1 || string.CompareOrdinal(tensors[^2].Name, tensors[^1].Name) < 0, "its tensors aren't in order");
        }

        return new(numbers, tensors.ToImmutable());
    }

    private static TensorPrint ReadTensor(ref Reader reader, string[] files)
    {
        var name = reader.Text();
        var shape = new int[reader.Int(1, MaxAxes)];
        for (var axis = 0; axis < shape.Length; axis++)
        {
            shape[axis] = reader.Int(1, int.MaxValue);
        }

        var digest = Convert.ToHexStringLower(reader.Bytes(DigestBytes));
        var file = files[reader.Int(0, files.Length - 1)];
        var norm = BitConverter.Int64BitsToDouble(reader.Long());
        reader.Check(double.IsFinite(norm) && norm >= 0, "a norm isn't one");
        var nonFinite = reader.Long();
        reader.Check(nonFinite >= 0, "a count is negative");
        var sample = new float[reader.Int(0, SamplePlaces.MostOfTensor)];
        foreach (ref var value in sample.AsSpan())
        {
            value = BitConverter.Int32BitsToSingle(reader.Int(int.MinValue, int.MaxValue));
            reader.Check(float.IsFinite(value), "a sample isn't finite");
        }

        return new(name, ImmutableCollectionsMarshal.AsImmutableArray(shape), digest, file, norm, nonFinite, ImmutableCollectionsMarshal.AsImmutableArray(sample));
    }

    private readonly struct Writer(List<byte> written)
    {
        public List<byte> Written => written;

        public void Bytes(ReadOnlySpan<byte> bytes) => CollectionExtensions.AddRange(written, bytes);

        public void Int(int value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
            Bytes(bytes);
        }

        public void Long(long value)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            Bytes(bytes);
        }

        public void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Int(bytes.Length);
            Bytes(bytes);
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, string source)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public readonly void Check(bool holds, string reason)
        {
            if (!holds)
            {
                throw new InvalidInputException(source, "is damaged: " + reason);
            }
        }

        public ReadOnlySpan<byte> Bytes(int count)
        {
            Check(count <= _rest.Length, "it ends too early");
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        public int Int(int minimum, int maximum)
        {
            var value = BinaryPrimitives.ReadInt32LittleEndian(Bytes(sizeof(int)));
            Check(value >= minimum && value <= maximum, "a number is out of range");
            return value;
        }

        public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(sizeof(long)));

        public string Text() => Encoding.UTF8.GetString(Bytes(Int(0, MaxTextBytes)));

        public readonly void Finish() => Check(_rest.IsEmpty, "it goes on after its end");
    }
}
