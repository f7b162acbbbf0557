using System.IO.Pipelines;

namespace CircuitGrid.HubStandIn.Transport;

/// <summary>Passes everything on until <see cref="SendLastAsync"/>; nothing after it.</summary>
internal sealed class SwallowingWriter(PipeWriter inner) : PipeWriter
{
    private volatile bool swallows;
    private byte[] swallowed = [];

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => swallows ? 0 : inner.UnflushedBytes;

    public async Task SendLastAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await inner.WriteAsync(bytes, cancellation);
        swallows = true;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (!swallows)
        {
            return inner.GetMemory(sizeHint);
        }

        if (swallowed.Length < Math.Max(sizeHint, 4096))
        {
            swallowed = new byte[Math.Max(sizeHint, 4096)];
        }

        return swallowed;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (!swallows)
        {
            inner.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => swallows ? default : inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
