using System.Globalization;
using CircuitGrid.HubStandIn.Repositories;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>Answers with a file's bytes or a range of them.</summary>
internal static class FileAnswer
{
    /// <param name="etag">Without quotes.</param>
    public static Task SendAsync(Exchange exchange, StandInFile file, string etag)
    {
        var headers = exchange.Response.Headers;
        headers.ETag = $"\"{etag}\"";
        headers.AcceptRanges = "bytes";
        exchange.Response.ContentType = "application/octet-stream";
        if (exchange.EditBody is not null)
        {
            return EditedAsync(exchange, file);
        }

        var asked = exchange.IgnoresRange || (exchange.Request.Headers.IfRange.ToString() is { Length: > 0 } wanted && wanted != headers.ETag)
            ? null
            : ByteRange.Read(exchange.Log.Range, file.Size);
        if (asked is not { } range)
        {
            return exchange.SendAsync(StatusCodes.Status200OK, file.OpenRead(), 0, file.Size);
        }

        if (!range.IsSatisfiable)
        {
            headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{file.Size}");
            return exchange.SendAsync(StatusCodes.Status416RangeNotSatisfiable, Stream.Null, 0, 0);
        }

        headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {range.From}-{range.From + range.Length - 1}/{file.Size}");
        return exchange.SendAsync(StatusCodes.Status206PartialContent, file.OpenRead(), range.From, range.Length);
    }

    private static async Task EditedAsync(Exchange exchange, StandInFile file)
    {
        using var all = new MemoryStream();
        await using (var stream = file.OpenRead())
        {
            await stream.CopyToAsync(all, exchange.Cancellation);
        }

        await exchange.AnswerAsync(StatusCodes.Status200OK, "application/octet-stream", all.ToArray());
    }
}
