using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

internal sealed partial class Unpickler
{
    private const int MaxNameBytes = 256;

    private byte TakeByte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        Demand(count);
        return _input.Take(count);
    }

    private void Demand(long count)
    {
        if (count > _input.Remaining)
        {
            throw Error(_input.Shortage);
        }
    }

    private int TakeLength32() => TakeLength(BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))));

    private int TakeLength64() => TakeLength(BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))));

    private int TakeLength(ulong length) => length <= int.MaxValue ? (int)length : throw Error("has a value longer than itself");

    /// <summary>A frame groups instructions for readers that fetch them one group at a time; the instructions mean the same without it.</summary>
    private void CheckFrame()
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))) > (ulong)_input.Remaining)
        {
            throw Error("has a frame longer than itself");
        }
    }

    /// <summary>A whole number in two's complement of any length: a <see cref="long"/> where it fits, else a <see cref="BigInteger"/>.</summary>
    private void PushInteger(int length)
    {
        var value = new BigInteger(Take(length));
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            Push((long)value);
        }
        else
        {
            Push(value);
        }
    }

    private string ReadText(int length) => Encoding.UTF8.GetString(Take(length));

    private void PushBytes(int length)
    {
        Demand(length);
        _input.Skip(length);
        Push(PickleObject.Instance);
    }

    private string ReadLine()
    {
        var rest = _input.Peek((int)Math.Min(MaxNameBytes, _input.Remaining));
        var length = rest.IndexOf((byte)'\n');
        if (length < 0)
        {
            throw Error("has a name that doesn't end");
        }

        var line = Encoding.UTF8.GetString(rest[..length]);
        _input.Skip(length + 1);
        return line;
    }
}
