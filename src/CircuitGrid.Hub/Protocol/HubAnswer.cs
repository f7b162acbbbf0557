using System.Net;

namespace CircuitGrid.Hub.Protocol;

/// <summary>An answer that says yes: 200, 206, or 304 where the answer was known.</summary>
/// <param name="Message">The answer.</param>
/// <param name="Address">Where it came from, redirects followed.</param>
internal sealed record HubAnswer(HttpResponseMessage Message, Uri Address) : IDisposable
{
    public HttpStatusCode Status => Message.StatusCode;

    /// <summary>The bytes of an answer that was read as a whole.</summary>
    public async Task<byte[]> ReadBytesAsync(CancellationToken cancellation) => await Message.Content.ReadAsByteArrayAsync(cancellation);

    public void Dispose() => Message.Dispose();
}
