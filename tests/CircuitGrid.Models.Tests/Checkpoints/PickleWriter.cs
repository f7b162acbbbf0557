using System.Buffers.Binary;
using System.Text;

namespace CircuitGrid.Models.Tests.Checkpoints;

/// <summary>Writes pickles of protocol 2 instruction by instruction, well-formed or not.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> _bytes = [];

    public PickleWriter() => Raw(0x80, 2);

    public byte[] ToArray() => _bytes.ToArray();

    public PickleWriter Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleWriter Op(char code) => Raw((byte)code);

    public PickleWriter Global(string module, string name) => Op('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleWriter Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X').Int32(utf8.Length).Raw(utf8);
    }

    /// <summary>A number in the shortest form that Python would choose.</summary>
    public PickleWriter Number(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return value switch
        {
            >= 0 and <= byte.MaxValue => Op('K').Raw((byte)value),
            >= 0 and <= ushort.MaxValue => Op('M').Raw(bytes[..2].ToArray()),
            >= int.MinValue and <= int.MaxValue => Op('J').Raw(bytes[..4].ToArray()),
            _ => Raw(0x8A, 8).Raw(bytes.ToArray()),
        };
    }

    public PickleWriter Tuple(params long[] values)
    {
        Op('(');
        foreach (var value in values)
        {
            Number(value);
        }

        return Op('t');
    }

    /// <summary>An empty OrderedDict, as a state dict begins.</summary>
    public PickleWriter OrderedDictionary() => Global("collections", "OrderedDict").Op(')').Op('R');

    /// <summary>A view of a storage, as torch rebuilds it.</summary>
    public PickleWriter Tensor(string storageType, string key, long storageLength, long offset, long[] shape, long[] strides) =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Storage(storageType, key, storageLength)
            .Number(offset).Tuple(shape).Tuple(strides).Raw(0x89).OrderedDictionary()
            .Op('t').Op('R');

    /// <summary>A reference to a storage.</summary>
    public PickleWriter Storage(string type, string key, long length) =>
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(length).Op('t').Op('Q');

    private PickleWriter Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes.ToArray());
    }
}
