using System.Diagnostics;

namespace CircuitGrid.Client.Hosting;

/// <summary>
/// A stream of this process's own output that knows since when a write has been waiting: for a program that doesn't read what it is sent, or a
/// terminal that was stopped. No such write can be called off.
/// </summary>
/// <param name="inner">Where bytes go.</param>
internal sealed class WatchedStream(Stream inner) : Stream
{
    private long began;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>How long the write under way has been waiting; zero where none is.</summary>
    public TimeSpan Waiting => Interlocked.Read(ref began) is > 0 and var since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        Interlocked.Exchange(ref began, Stopwatch.GetTimestamp());
        try
        {
            inner.Write(buffer);
        }
        finally
        {
            Interlocked.Exchange(ref began, 0);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
