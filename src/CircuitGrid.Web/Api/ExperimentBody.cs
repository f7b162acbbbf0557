using System.Net.Mime;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.Web.Api;

/// <summary>Reads the experiment that a request brings: YAML, or JSON with the YAML in it.</summary>
internal static class ExperimentBody
{
    /// <summary>Largest body: an experiment is a page of text.</summary>
    public const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ApiException">The body has another type, is too large or can't be understood.</exception>
    public static async Task<ExperimentRequest> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        var isJson = string.Equals(type, MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase);

        // a form or plain text could be sent by any web page that somebody has open
        if (!isJson && type?.ToLowerInvariant() is not ("application/yaml" or "application/x-yaml" or "text/yaml"))
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "Send the experiment as application/yaml, or as application/json with its text in \"yaml\".");
        }

        var bytes = await ReadBytesAsync(request, cancellation);
        try
        {
            if (!isJson)
            {
                return new(StrictUtf8.GetString(bytes));
            }

            var body = JsonSerializer.Deserialize<ExperimentRequest>(bytes, ApiJson.Options);
            return body is { Yaml: not null } ? body : throw new ApiException(StatusCodes.Status400BadRequest, "The JSON has no \"yaml\" with the experiment's text.");
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, isJson ? "The body isn't the JSON it should be: {\"yaml\": text, \"watch\": true or false}." : "The body isn't text in UTF-8.");
        }
    }

    private static async Task<byte[]> ReadBytesAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await request.Body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBytes)
            {
                throw new ApiException(StatusCodes.Status413PayloadTooLarge, "An experiment has at most 1 MiB.");
            }
        }

        return body.ToArray();
    }
}
