using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// Reads the pickle inside a file of <c>torch.save</c>. A pickle is a program for a small stack machine that may name any function of Python
/// to call; this machine knows only the instructions (protocol 2) and the handful of names that a dictionary of tensors takes, builds
/// nothing but that, and stops at everything else. Every instruction allocates a bounded amount and nothing walks what was built,
/// so neither nesting, nor cycles, nor references to references cost more than their bytes.
/// </summary>
internal sealed class Unpickler
{
    private const int Protocol = 2;
    private const int MaxNameBytes = 256;
    private const int MaxAxes = 16;

    // A model of a thousand layers takes a tenth of it.
    private const int MaxInstructions = 1 << 20;

    private const string OrderedDictionary = "collections.OrderedDict";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";

    private readonly string _path;
    private readonly byte[] _pickle;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private int _at;
    private int _instruction;

    private Unpickler(string path, byte[] pickle)
    {
        _path = path;
        _pickle = pickle;
    }

    /// <summary>The object that the pickle describes.</summary>
    /// <param name="path">What messages call the pickle.</param>
    /// <param name="pickle">Its bytes.</param>
    /// <exception cref="InvalidInputException">It is damaged, or describes something else than dictionaries of tensors.</exception>
    public static object? Load(string path, byte[] pickle) => new Unpickler(path, pickle).Run();

    private object? Run()
    {
        for (var count = 0; count < MaxInstructions; count++)
        {
            _instruction = _at;
            var code = (Opcode)Take(1)[0];
            if (code == Opcode.Stop)
            {
                return Pop();
            }

            Execute(code);
        }

        throw Error($"has more than {MaxInstructions} instructions");
    }

    private void Execute(Opcode code)
    {
        switch (code)
        {
            case Opcode.Protocol:
                var protocol = Take(1)[0];
                if (protocol != Protocol)
                {
                    throw Error($"is written in protocol {protocol}; torch.save writes {Protocol}");
                }

                break;
            case Opcode.Mark:
                _marks.Push(_stack.Count);
                break;
            case Opcode.None:
                Push(null);
                break;
            case Opcode.True:
                Push(true);
                break;
            case Opcode.False:
                Push(false);
                break;
            case Opcode.Int32:
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case Opcode.UInt8:
                Push((long)Take(1)[0]);
                break;
            case Opcode.UInt16:
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case Opcode.Long:
                Push(ReadLong());
                break;
            case Opcode.Float:
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case Opcode.Text:
                Push(ReadText());
                break;
            case Opcode.Global:
                Push(ReadGlobal());
                break;
            case Opcode.EmptyTuple:
                Push(Array.Empty<object?>());
                break;
            case Opcode.Tuple1 or Opcode.Tuple2 or Opcode.Tuple3:
                Push(PopMany(code - Opcode.Tuple1 + 1));
                break;
            case Opcode.Tuple:
                Push(PopToMark());
                break;
            case Opcode.EmptyList:
                Push(new List<object?>());
                break;
            case Opcode.Append:
                var item = Pop();
                Peek<List<object?>>("a list").Add(item);
                break;
            case Opcode.Appends:
                var items = PopToMark();
                Peek<List<object?>>("a list").AddRange(items);
                break;
            case Opcode.EmptyDictionary:
                Push(new PickleDictionary());
                break;
            case Opcode.SetItem:
                SetItems(PopMany(2));
                break;
            case Opcode.SetItems:
                SetItems(PopToMark());
                break;
            case Opcode.Put:
                _memo[Take(1)[0]] = Top();
                break;
            case Opcode.LongPut:
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case Opcode.Get:
                Push(Recall(Take(1)[0]));
                break;
            case Opcode.LongGet:
                Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case Opcode.PersistentId:
                Push(MakeStorage(Pop()));
                break;
            case Opcode.Reduce:
                var arguments = Pop();
                Push(Call(Pop(), arguments));
                break;
            case Opcode.Build:
                // Attributes of a dictionary: the versions of the modules it came from.
                Pop();
                Peek<PickleDictionary>("a dictionary");
                break;
            default:
                throw Error($"has instruction 0x{(byte)code:x2}, which a dictionary of tensors doesn't need");
        }
    }

    private PickleStorage MakeStorage(object? id) =>
        id is object?[] and ["storage", PickleGlobal type, string key, string, long length] && TorchStorageType.Find(type.Name) is { } known && length >= 0
            ? new PickleStorage(known, key, length)
            : throw Error("refers to something outside it that isn't a storage");

    private object? Call(object? function, object? arguments) => (function, arguments) switch
    {
        (PickleGlobal { Name: OrderedDictionary }, object?[] { Length: 0 }) => new PickleDictionary(),
        (PickleGlobal { Name: RebuildTensor }, object?[] { Length: 6 or 7 } and [PickleStorage storage, long offset, object?[] shape, object?[] strides, ..]) =>
            MakeTensor(storage, offset, shape, strides),
        (PickleGlobal { Name: RebuildParameter }, object?[] { Length: 3 } and [PickleTensor tensor, ..]) => tensor,
        (PickleGlobal global, _) => throw Error($"calls {global.Name} with arguments that don't fit it"),
        _ => throw Error("calls something that isn't a function"),
    };

    private PickleTensor MakeTensor(PickleStorage storage, long offset, object?[] shape, object?[] strides)
    {
        if (shape.Length > MaxAxes || shape.Length != strides.Length)
        {
            throw Error($"has a tensor with {shape.Length} extents and {strides.Length} strides");
        }

        return new PickleTensor(storage, offset >= 0 ? offset : throw Error($"has a tensor that starts at {offset}"), Lengths(shape), Lengths(strides));

        ImmutableArray<long> Lengths(object?[] values) =>
            [.. values.Select(value => value is long and >= 0 ? (long)value : throw Error("has a tensor with an extent or stride that isn't a number of elements"))];
    }

    private void SetItems(object?[] items)
    {
        var dictionary = Peek<PickleDictionary>("a dictionary");
        if (items.Length % 2 != 0)
        {
            throw Error("has a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary[items[i] as string ?? throw Error("has a key that isn't a string")] = items[i + 1];
        }
    }

    private PickleGlobal ReadGlobal()
    {
        var name = $"{ReadLine()}.{ReadLine()}";
        return name is OrderedDictionary or RebuildTensor or RebuildParameter || TorchStorageType.Find(name) is not null
            ? new PickleGlobal(name)
            : throw Error($"refers to {Text.OneLine(name)}, which isn't allowed: only dictionaries of Half, BFloat16 and Float tensors are read. If you trust the file, load it with torch and save its weights as safetensors");
    }

    private string ReadLine()
    {
        var rest = _pickle.AsSpan(_at, Math.Min(MaxNameBytes, _pickle.Length - _at));
        var length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Error("has a name that doesn't end");
        }

        var line = Encoding.UTF8.GetString(rest[..length]);
        _at += length + 1;
        return line;
    }

    private long ReadLong()
    {
        var bytes = Take(Take(1)[0]);
        if (bytes.Length > sizeof(long))
        {
            throw Error($"has a number of {bytes.Length} bytes");
        }

        // Two's complement of any length: the sign comes from the last byte.
        long value = bytes.Length > 0 && (sbyte)bytes[^1] < 0 ? -1 : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private string ReadText()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= int.MaxValue ? Encoding.UTF8.GetString(Take((int)length)) : throw Error("has a string longer than itself");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _pickle.Length - _at)
        {
            throw Error("ends in the middle of an instruction");
        }

        var bytes = _pickle.AsSpan(_at, count);
        _at += count;
        return bytes;
    }

    private void Push(object? value) => _stack.Add(value);

    /// <summary>The lowest place an instruction may take: what lies below the last mark waits for the instruction that closes it.</summary>
    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Error("takes from an empty stack");

    private object? Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private T Peek<T>(string what)
        where T : class => Top() as T ?? throw Error($"puts something into what isn't {what}");

    private object?[] PopMany(int count)
    {
        if (_stack.Count - Floor < count)
        {
            throw Error("takes from an empty stack");
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (!_marks.TryPeek(out var mark))
        {
            throw Error("closes a mark that it didn't set");
        }

        var values = PopMany(_stack.Count - mark);
        _marks.Pop();
        return values;
    }

    private object? Recall(long key) => _memo.TryGetValue(key, out var value) ? value : throw Error($"recalls {key}, which it didn't store");

    private InvalidInputException Error(string reason) => new(_path, $"the pickle {reason} (byte {_instruction})");

    /// <summary>Instructions, named after what they do; Python's pickletools has their history.</summary>
    private enum Opcode : byte
    {
        Mark = (byte)'(',
        Stop = (byte)'.',
        EmptyTuple = (byte)')',
        EmptyDictionary = (byte)'}',
        EmptyList = (byte)']',
        Append = (byte)'a',
        Build = (byte)'b',
        Global = (byte)'c',
        Appends = (byte)'e',
        Float = (byte)'G',
        Get = (byte)'h',
        LongGet = (byte)'j',
        Int32 = (byte)'J',
        UInt8 = (byte)'K',
        UInt16 = (byte)'M',
        None = (byte)'N',
        Put = (byte)'q',
        PersistentId = (byte)'Q',
        LongPut = (byte)'r',
        Reduce = (byte)'R',
        SetItem = (byte)'s',
        Tuple = (byte)'t',
        SetItems = (byte)'u',
        Text = (byte)'X',
        Protocol = 0x80,
        Tuple1 = 0x85,
        Tuple2 = 0x86,
        Tuple3 = 0x87,
        True = 0x88,
        False = 0x89,
        Long = 0x8A,
    }
}
