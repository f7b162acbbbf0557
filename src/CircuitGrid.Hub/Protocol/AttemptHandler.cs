using System.Net;
using CircuitGrid.Compute;

namespace CircuitGrid.Hub.Protocol;

/// <summary>
/// One attempt at a request. An answer that stands still for too long is a failure of the connection; so is one that breaks off while it is read as a whole.
/// </summary>
internal sealed class AttemptHandler : DelegatingHandler
{
    private const int ChunkBytes = 1 << 16;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.Options.TryGetValue(HubRequest.Key, out var asked))
        {
            throw new InvalidOperationException($"The request to {HubUrls.Show(request.RequestUri!)} didn't come from {nameof(HubClient)}.");
        }

        using var stall = new Stall(asked.Timeout, cancellationToken);
        var answer = await stall.LimitAsync(async c => await base.SendAsync(request, c));
        if (asked.Limit is { } limit && answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
        {
            try
            {
                var bytes = await ReadAsync(answer, asked, limit, stall, cancellationToken);
                var whole = new ByteArrayContent(bytes);
                foreach (var (name, values) in answer.Content.Headers.NonValidated)
                {
                    if (name is not "Content-Length")
                    {
                        whole.Headers.TryAddWithoutValidation(name, values);
                    }
                }

                answer.Content.Dispose();
                answer.Content = whole;
            }
            catch
            {
                answer.Dispose();
                throw;
            }
        }

        return answer;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage answer, HubRequest asked, int limit, Stall stall, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        using var bytes = new MemoryStream();
        var chunk = new byte[ChunkBytes];
        while (true)
        {
            var most = asked.TakesBeginning ? Math.Min(chunk.Length, limit - (int)bytes.Length) : chunk.Length;
            var count = most == 0 ? 0 : await stall.LimitAsync(c => stream.ReadAsync(chunk.AsMemory(0, most), c));
            if (count == 0)
            {
                return bytes.ToArray();
            }

            bytes.Write(chunk, 0, count);
            if (bytes.Length > limit)
            {
                throw new InvalidInputException(HubUrls.Show(answer.RequestMessage?.RequestUri ?? asked.Address), $"goes on after {limit} bytes; such an answer has at most so many");
            }
        }
    }
}
