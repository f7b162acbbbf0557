using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Hub.Protocol;

/// <summary>
/// Asks the hub, and follows its redirects. The token goes to the hub alone: where a redirect leads to another scheme, host or port it is left away, and comes back
/// with no further one. Safe for several threads.
/// </summary>
internal sealed class HubClient(HubOptions options, HubUrls urls, IHttpClientFactory clients, TimeProvider time, Action<string>? notices)
{
    private const int MostRedirects = 5;
    private const int MostWarnings = 100;

    private static readonly string s_agent = $"circuitgrid/{typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0"}";

    private readonly HubFailures failures = new(options, urls);
    private readonly ConcurrentDictionary<string, bool> warned = new(StringComparer.Ordinal);

    /// <summary>Asks for something.</summary>
    /// <exception cref="HubUnreachableException">The hub can't be reached, or goes on failing.</exception>
    /// <exception cref="InvalidInputException">The hub refuses, or its answer is none.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async Task<HubAnswer> SendAsync(HubRequest request, CancellationToken cancellation)
    {
        var address = request.Address;
        var isTrusted = urls.IsHub(address);
        var seen = new HashSet<Uri> { address };
        while (true)
        {
            var answer = await SendOnceAsync(request, address, isTrusted, cancellation);
            try
            {
                if (urls.IsHub(address))
                {
                    Warn(answer);
                    request.OnHubAnswer?.Invoke(answer);
                }

                if (IsExpected(request, answer.StatusCode))
                {
                    RequirePlain(answer, address);
                    return new(answer, address);
                }

                address = IsRedirect(answer.StatusCode) ? Follow(request, answer, address, seen) : throw failures.OfAnswer(request.Subject, answer, address, time.GetUtcNow());
                isTrusted &= urls.IsHub(address);
            }
            catch
            {
                answer.Dispose();
                throw;
            }

            answer.Dispose();
        }
    }

    /// <summary>What a connection that failed while an answer was read means.</summary>
    public static HubUnreachableException Failed(HubRequest request, Uri address, Exception e) => HubFailures.OfConnection(request.Subject, address, e);

    private async Task<HttpResponseMessage> SendOnceAsync(HubRequest request, Uri address, bool isTrusted, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        message.Options.Set(HubRequest.Key, request);
        message.Headers.TryAddWithoutValidation("User-Agent", s_agent);
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        if (isTrusted && options.Token is { } token)
        {
            message.Headers.TryAddWithoutValidation("Authorization", token.Authorization);
        }

        if (request.KnownETag is { } etag)
        {
            message.Headers.TryAddWithoutValidation("If-None-Match", etag);
        }

        if (request.From is { } from)
        {
            message.Headers.Range = new RangeHeaderValue(from, request.To);
        }

        try
        {
            using var client = clients.CreateClient(HubConnection.Name);
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception e) when (HubFailures.IsOfConnection(e))
        {
            throw HubFailures.OfConnection(request.Subject, address, e);
        }
    }

    private static bool IsExpected(HubRequest request, HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => true,
        HttpStatusCode.PartialContent => request.From is not null,
        HttpStatusCode.NotModified => request.KnownETag is not null,
        HttpStatusCode.NotFound or HttpStatusCode.Gone => request.MayBeAbsent,
        _ => false,
    };

    private static bool IsRedirect(HttpStatusCode status) =>
        status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private Uri Follow(HubRequest request, HttpResponseMessage answer, Uri from, HashSet<Uri> seen)
    {
        var where = request.Subject.ToString();
        if (HubHeaders.Find(answer, "Location") is not { Length: > 0 } location || !Uri.TryCreate(from, location, out var to) || !(to.Scheme == Uri.UriSchemeHttps || to.Scheme == Uri.UriSchemeHttp))
        {
            throw new InvalidInputException(where, $"{HubUrls.Show(from)} redirects, but to no address of the web");
        }

        if (to.Scheme == Uri.UriSchemeHttp && options.Endpoint.Scheme == Uri.UriSchemeHttps)
        {
            throw new InvalidInputException(where, $"{HubUrls.Show(from)} redirects to {HubUrls.Show(to)}, which isn't encrypted; that isn't followed");
        }

        if (!seen.Add(to))
        {
            throw new InvalidInputException(where, $"{HubUrls.Show(from)} redirects in a circle");
        }

        return seen.Count <= MostRedirects + 1 ? to : throw new InvalidInputException(where, $"{HubUrls.Show(request.Address)} leads on by more than {MostRedirects} redirects");
    }

    private static void RequirePlain(HttpResponseMessage answer, Uri address)
    {
        if (HubHeaders.Find(answer, "Content-Encoding") is { Length: > 0 } encoding && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidInputException(HubUrls.Show(address), $"answers in the encoding {Text.OneLine(encoding)}, for which nobody asked");
        }
    }

    /// <summary>Passes on what the hub wants people to know, <c>X-HF-Warning: topic; message</c>, each once.</summary>
    private void Warn(HttpResponseMessage answer)
    {
        if (notices is not null && HubHeaders.Find(answer, "X-HF-Warning") is { Length: > 0 } warning)
        {
            var message = Text.OneLine(warning[(warning.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim());
            if (message.Length > 0 && warned.Count < MostWarnings && warned.TryAdd(message, true))
            {
                notices($"{options.Endpoint.Host} says: {message}");
            }
        }
    }
}
