namespace CircuitGrid.HubStandIn.Repositories;

/// <summary>A stream to read and seek in, with other bytes at one place.</summary>
internal sealed class PatchedStream(Stream inner, long offset, byte[] patch) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var start = inner.Position;
        var read = inner.Read(buffer);
        var from = Math.Max(start, offset);
        var to = Math.Min(start + read, offset + patch.Length);
        if (from < to)
        {
            patch.AsSpan((int)(from - offset), (int)(to - from)).CopyTo(buffer[(int)(from - start)..]);
        }

        return read;
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
