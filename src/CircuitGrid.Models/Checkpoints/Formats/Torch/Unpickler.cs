using System.Buffers.Binary;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>
/// Reads the pickles inside a file of <c>torch.save</c>. A pickle is a program for a small stack machine that may name any function of Python
/// to call; this machine knows only the instructions (of protocols 2 to 5) and the names that a dictionary of tensors and what stands beside
/// it take, builds nothing but that, and stops at everything else. Every instruction allocates a bounded amount and nothing walks what was
/// built, so neither nesting, nor cycles, nor references to references cost more than their bytes.
/// </summary>
internal sealed partial class Unpickler
{
    private const int FirstProtocol = 2;
    private const int LastProtocol = 5;

    // A model of a thousand layers takes a tenth of it.
    private const int MaxInstructions = 1 << 20;

    private readonly string _path;
    private readonly PickleInput _input;
    private readonly ICollection<PickleStorage> _storages;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<long, object?> _memo = [];
    private long _instruction;
    private int _steps;

    private Unpickler(string path, PickleInput input, ICollection<PickleStorage> storages)
    {
        _path = path;
        _input = input;
        _storages = storages;
    }

    /// <summary>The object that the next pickle describes; the input then stands behind it.</summary>
    /// <param name="path">What messages call the pickle.</param>
    /// <param name="input">The bytes from its first on.</param>
    /// <param name="storages">To which every storage is added that the pickle refers to, as often as it does.</param>
    /// <exception cref="InvalidInputException">It is damaged, or describes something else than dictionaries of tensors.</exception>
    public static object? Load(string path, PickleInput input, ICollection<PickleStorage> storages) => new Unpickler(path, input, storages).Run();

    private object? Run()
    {
        _instruction = _input.Position;
        if (TakeByte() is var first && first != (byte)PickleOpcode.Protocol)
        {
            throw Error($"starts with 0x{first:x2}, as one of protocol 0 or 1 does; protocols {FirstProtocol} to {LastProtocol} can be read");
        }

        for (var code = PickleOpcode.Protocol; code != PickleOpcode.Stop; code = (PickleOpcode)TakeByte())
        {
            Execute(code);
            Count(1);
            _instruction = _input.Position;
        }

        return Pop();
    }

    private void Execute(PickleOpcode code)
    {
        switch (code)
        {
            case PickleOpcode.Protocol:
                var protocol = TakeByte();
                if (protocol is < FirstProtocol or > LastProtocol)
                {
                    throw Error($"is written in protocol {protocol}; protocols {FirstProtocol} to {LastProtocol} can be read");
                }

                break;
            case PickleOpcode.Frame:
                CheckFrame();
                break;
            case PickleOpcode.Mark:
                _marks.Push(_stack.Count);
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.None:
                Push(null);
                break;
            case PickleOpcode.True:
                Push(true);
                break;
            case PickleOpcode.False:
                Push(false);
                break;
            case PickleOpcode.Int32:
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case PickleOpcode.UInt8:
                Push((long)TakeByte());
                break;
            case PickleOpcode.UInt16:
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case PickleOpcode.Long:
                PushInteger(TakeByte());
                break;
            case PickleOpcode.LongLong:
                PushInteger(TakeLength32());
                break;
            case PickleOpcode.Float:
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case PickleOpcode.ShortText or PickleOpcode.ShortByteString:
                Push(ReadText(TakeByte()));
                break;
            case PickleOpcode.Text or PickleOpcode.ByteString:
                Push(ReadText(TakeLength32()));
                break;
            case PickleOpcode.LongText:
                Push(ReadText(TakeLength64()));
                break;
            case PickleOpcode.ShortBytes:
                PushBytes(TakeByte());
                break;
            case PickleOpcode.Bytes:
                PushBytes(TakeLength32());
                break;
            case PickleOpcode.LongBytes or PickleOpcode.ByteArray:
                PushBytes(TakeLength64());
                break;
            case PickleOpcode.Global:
                Push(FindGlobal(ReadLine(), ReadLine()));
                break;
            case PickleOpcode.StackGlobal:
                var name = Pop();
                Push(FindGlobal(Pop(), name));
                break;
            case PickleOpcode.EmptyTuple:
                Push(Array.Empty<object?>());
                break;
            case PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                Push(PopMany(code - PickleOpcode.Tuple1 + 1));
                break;
            case PickleOpcode.Tuple:
                Push(PopToMark());
                break;
            case PickleOpcode.EmptyList:
                Push(new List<object?>());
                break;
            case PickleOpcode.Append:
                var item = Pop();
                Peek<List<object?>>("a list").Add(item);
                break;
            case PickleOpcode.Appends:
                var items = PopToMark();
                Peek<List<object?>>("a list").AddRange(items);
                break;
            case PickleOpcode.EmptyDictionary:
                Push(new PickleDictionary());
                break;
            case PickleOpcode.SetItem:
                SetItems(PopMany(2));
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.EmptySet:
                Push(PickleObject.Instance);
                break;
            case PickleOpcode.AddItems:
                PopToMark();
                Peek<PickleObject>("a set");
                break;
            case PickleOpcode.FrozenSet:
                PopToMark();
                Push(PickleObject.Instance);
                break;
            case PickleOpcode.Put:
                _memo[TakeByte()] = Top();
                break;
            case PickleOpcode.LongPut:
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case PickleOpcode.Memoize:
                _memo[_memo.Count] = Top();
                break;
            case PickleOpcode.Get:
                Push(Recall(TakeByte()));
                break;
            case PickleOpcode.LongGet:
                Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case PickleOpcode.PersistentId:
                Push(MakeStorage(Pop()));
                break;
            case PickleOpcode.Reduce or PickleOpcode.NewObject:
                var arguments = Pop();
                Push(Call(Pop(), arguments));
                break;
            case PickleOpcode.Build:
                var state = Pop();
                CheckState(Top(), state);
                break;
            default:
                throw Error($"has instruction 0x{(byte)code:x2}, which a dictionary of tensors doesn't need");
        }
    }

    /// <summary>Counts what is done against the most that is, so that no few bytes can ask for much work.</summary>
    private void Count(int steps)
    {
        if (steps > MaxInstructions - _steps)
        {
            throw Error($"has more than {MaxInstructions} instructions");
        }

        _steps += steps;
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
            dictionary.Set(items[i], items[i + 1]);
        }
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
}
