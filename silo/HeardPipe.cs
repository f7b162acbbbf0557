using System.IO.Pipelines;

namespace CircuitGrid.Silo;

/// <summary>A connection that says when the first word comes from the other side.</summary>
/// <param name="inner">The connection.</param>
/// <param name="heard">Called at every word.</param>
internal sealed class HeardPipe(IDuplexPipe inner, Action heard) : IDuplexPipe
{
    public PipeReader Input { get; } = new Reader(inner.Input, heard);

    public PipeWriter Output => inner.Output;

    private sealed class Reader(PipeReader inner, Action heard) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Hear(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            var isRead = inner.TryRead(out result);
            if (isRead)
            {
                Hear(result);
            }

            return isRead;
        }

        private ReadResult Hear(ReadResult result)
        {
            if (!result.Buffer.IsEmpty)
            {
                heard();
            }

            return result;
        }
    }
}
