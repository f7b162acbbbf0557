using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace CircuitGrid.HubStandIn.Protocol;

/// <summary>One request and its answer, with what is to go wrong with it.</summary>
internal sealed class Exchange(HubState hub, HttpContext context, HubTarget target, LoggedRequest log, CancellationToken cancellation)
{
    public HubState Hub => hub;

    public HttpContext Context => context;

    public HttpRequest Request => context.Request;

    public HttpResponse Response => context.Response;

    public HubTarget Target => target;

    public LoggedRequest Log => log;

    /// <summary>Ends when the client has gone or the server stops.</summary>
    public CancellationToken Cancellation => cancellation;

    public RateWindow Window => target.Kind is RequestKind.Resolve or RequestKind.ResolveCache or RequestKind.Raw ? hub.ResolverWindow : hub.ApiWindow;

    public bool IsAnswered { get; set; }

    public Action<IHeaderDictionary>? EditHeaders { get; set; }

    public Func<byte[], byte[]>? EditBody { get; set; }

    public bool IgnoresRange { get; set; }

    public long? TruncatesAfter { get; set; }

    public bool Corrupts { get; set; }

    public long? CorruptsAt { get; set; }

    public long? StallsAfter { get; set; }

    public TimeSpan StallsFor { get; set; }

    /// <summary>The token that was sent, or <see langword="null"/>.</summary>
    public string? Token => Request.Headers.Authorization.ToString() is { Length: > 7 } value && value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value[7..] : null;

    public Task AnswerAsync(int status, string contentType, byte[] bytes)
    {
        Response.ContentType = contentType;
        var body = EditBody is null ? bytes : EditBody(bytes);
        return SendAsync(status, new MemoryStream(body, writable: false), 0, body.Length);
    }

    public Task JsonAsync(JsonNode json, int status = 200) => AnswerAsync(status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(json));

    /// <summary>An error as the hub words it: a code in a header where there is one, a message in a header and in the body.</summary>
    public Task ErrorAsync(int status, string? code, string message)
    {
        if (code is not null)
        {
            Response.Headers["X-Error-Code"] = code;
        }

        Response.Headers["X-Error-Message"] = string.Concat(message.Select(c => c is < ' ' or > '~' ? '?' : c));
        return JsonAsync(new JsonObject { ["error"] = message }, status);
    }

    public Task RedirectAsync(int status, string location)
    {
        Response.Headers.Location = location;
        return SendAsync(status, Stream.Null, 0, 0);
    }

    /// <summary>Sends a part of a stream as the body, with all that is to go wrong with it.</summary>
    public async Task SendAsync(int status, Stream body, long from, long length)
    {
        IsAnswered = true;
        log.Status = status;
        Response.StatusCode = status;
        if (status != 304)
        {
            Response.ContentLength = length;
        }

        EditHeaders?.Invoke(Response.Headers);
        if (HttpMethods.IsHead(Request.Method) || status == 304)
        {
            return;
        }

        await new BodySender(this, from, length).SendAsync(body);
    }

    /// <summary>Sends bytes that are no answer, and ends the connection.</summary>
    public async Task SendRawAsync(byte[] bytes)
    {
        IsAnswered = true;
        log.Sending(bytes.Length);
        var transport = InterceptedTransport.Of(context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items);
        await transport.SendAsync(bytes, cancellation);
        Response.Headers.Connection = "close";
    }

    /// <summary>The full address of the host that was asked, for links to further pages.</summary>
    public string Here(string pathAndQuery) => string.Create(CultureInfo.InvariantCulture, $"http://{Request.Host}{pathAndQuery}");
}
