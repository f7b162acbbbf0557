using System.Net.Mime;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.Web.Api;

/// <summary>Reads the experiment that a request brings: YAML, or JSON with the YAML in it.</summary>
internal static class ExperimentBody
{
    /// <summary>Largest body: an experiment is a page of text.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>What messages call it.</summary>
    private const string Name = "the request's body";

    private static readonly string[] Keys = ["yaml", "watch"];

    /// <param name="request">The request.</param>
    /// <param name="takesWatch">Whether what is asked can go on with new checkpoints.</param>
    /// <param name="cancellation">Cancels the reading.</param>
    /// <exception cref="ApiException">The body has another type, is too large or is no experiment.</exception>
    /// <exception cref="InvalidInputException">It isn't text in UTF-8, isn't JSON, or has a key that isn't known or a value that can't be.</exception>
    public static async Task<ExperimentRequest> ReadAsync(HttpRequest request, bool takesWatch, CancellationToken cancellation)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var isJson = string.Equals(type, MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase);

        // a form or plain text could be sent by any web page that somebody has open
        if (!isJson && type?.ToLowerInvariant() is not ("application/yaml" or "application/x-yaml" or "text/yaml"))
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "Send the experiment as application/yaml, or as application/json with its text in \"yaml\".");
        }

        if (!IsUtf8(parsed!) || request.Headers.ContentEncoding.Count > 0)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "Send the experiment in UTF-8 and without a content encoding.");
        }

        var bytes = await ReadBytesAsync(request, cancellation);
        return isJson ? ReadJson(bytes, takesWatch) : new(Utf8Text.Decode(Name, bytes));
    }

    /// <summary>A request's body as it comes.</summary>
    /// <exception cref="ApiException">It is larger than an experiment is.</exception>
    public static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await ReadAsync(request, buffer, cancellation) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBytes)
            {
                throw new ApiException(StatusCodes.Status413PayloadTooLarge, "An experiment has at most 1 MiB.");
            }
        }

        return body.ToArray();
    }

    /// <summary>The next bytes of a body.</summary>
    /// <exception cref="ApiException">It isn't sent as HTTP says.</exception>
    public static async ValueTask<int> ReadAsync(HttpRequest request, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, cancellation);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            // so the server's library says that a chunk's length is no number of 31 bits
            throw new ApiException(StatusCodes.Status400BadRequest, "The request can't be understood.");
        }
    }

    private static ExperimentRequest ReadJson(byte[] utf8, bool takesWatch)
    {
        var request = new ExperimentRequest(Yaml: null);
        foreach (var (key, value) in JsonInput.Parse(Name, utf8).Members())
        {
            request = key switch
            {
                "yaml" => request with { Yaml = value.AsString() },
                "watch" when takesWatch => request with { Watch = value.AsBoolean() },
                _ => throw new ApiException(StatusCodes.Status400BadRequest, $"{Name} has no key '{Text.OneLine(key)}'{KnownNames.Of(key, takesWatch ? Keys : Keys[..1])}."),
            };
        }

        return request.Yaml is null ? throw new InvalidInputException(Name, "has no \"yaml\" with the experiment's text") : request;
    }

    private static bool IsUtf8(MediaTypeHeaderValue type) => !type.Charset.HasValue || type.Charset.Value.Trim('"').ToUpperInvariant() is "UTF-8" or "UTF8";
}
