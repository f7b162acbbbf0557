using CircuitGrid.HubStandIn.Transport;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Sends a part of a stream in pieces, each when the bandwidth allows, and spoils it where the exchange says so.</summary>
internal sealed class BodySender(Exchange exchange, long from, long length)
{
    private readonly byte[] buffer = new byte[Bandwidth.Burst];
    private bool stalled;

    public async Task SendAsync(Stream body)
    {
        await using var closing = body;
        if (body.CanSeek)
        {
            body.Seek(from, SeekOrigin.Begin);
        }

        var end = Math.Min(length, exchange.TruncatesAfter ?? length);
        var sent = 0L;
        while (true)
        {
            await StallAsync(sent);
            if (sent == end)
            {
                break;
            }

            var read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(exchange.Hub.Bandwidth.Piece, NextStop(sent, end) - sent)), exchange.Cancellation);
            if (read == 0)
            {
                throw new EndOfStreamException("a file is shorter than when it was added");
            }

            Corrupt(from + sent, read);
            await exchange.Hub.Bandwidth.WaitAsync(read, exchange.Cancellation);
            exchange.Log.Sending(read);
            await exchange.Response.Body.WriteAsync(buffer.AsMemory(0, read), exchange.Cancellation);
            sent += read;
        }

        // Where fewer bytes were sent than announced, the server ends the connection after them.
        await exchange.Response.Body.FlushAsync(exchange.Cancellation);
    }

    private long NextStop(long sent, long end) => exchange.StallsAfter is { } stop && !stalled && stop > sent ? Math.Min(stop, end) : end;

    private async Task StallAsync(long sent)
    {
        if (!stalled && exchange.StallsAfter is { } stop && sent >= Math.Min(stop, length))
        {
            stalled = true;
            await exchange.Response.Body.FlushAsync(exchange.Cancellation);
            await Task.Delay(exchange.StallsFor, exchange.Hub.Options.Time, exchange.Cancellation);
        }
    }

    private void Corrupt(long position, int read)
    {
        for (var i = 0; exchange.Corrupts && i < read; i++)
        {
            if (exchange.CorruptsAt is null || exchange.CorruptsAt == position + i)
            {
                buffer[i] ^= 0x55;
            }
        }
    }
}
