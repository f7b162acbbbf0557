using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Checkpoints.Formats.Torch;

/// <summary>A range of a file that begins with pickles. It is read a window at a time, because only a pickle's end says how long it is.</summary>
/// <param name="file">The file.</param>
/// <param name="start">Byte of the file at which the range starts.</param>
/// <param name="length">Bytes of the range.</param>
/// <param name="goesOn">Whether the file's pickles may go on behind it.</param>
internal sealed class PickleInput(SourceFile file, long start, long length, bool goesOn = false)
{
    private const int WindowBytes = 1 << 16;

    private byte[] _window = [];
    private long _windowStart;
    private int _windowLength;

    /// <summary>Bytes of the range that have been taken.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes of the range that haven't.</summary>
    public long Remaining => length - Position;

    /// <summary>What is wrong with a pickle that needs more than remains.</summary>
    public string Shortage => goesOn ? $"is longer than the {length} bytes that are read of it" : "ends in the middle of an instruction";

    /// <summary>The next bytes, of which at least <paramref name="count"/> must remain; valid until more are asked for.</summary>
    /// <exception cref="Compute.InvalidInputException">Reading fails, or the file got shorter since it was opened.</exception>
    public ReadOnlySpan<byte> Peek(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Remaining);
        if (Position + count > _windowStart + _windowLength)
        {
            _windowLength = (int)Math.Min(Math.Max(count, WindowBytes), Remaining);
            _windowStart = Position;
            _window = _window.Length < _windowLength ? new byte[_windowLength] : _window;
            file.ReadExactly(start + _windowStart, _window.AsSpan(0, _windowLength));
        }

        return _window.AsSpan((int)(Position - _windowStart), count);
    }

    /// <summary>As <see cref="Peek"/>, and goes on behind them.</summary>
    /// <exception cref="Compute.InvalidInputException">Reading fails, or the file got shorter since it was opened.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        var bytes = Peek(count);
        Position += count;
        return bytes;
    }

    /// <summary>Goes on behind the next <paramref name="count"/> bytes, which must remain.</summary>
    public void Skip(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Remaining);
        Position += count;
    }
}
