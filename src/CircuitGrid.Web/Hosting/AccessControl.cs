using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Web.Hosting.Browsers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;

namespace CircuitGrid.Web.Hosting;

/// <summary>
/// Who may ask what: the token; on loopback only requests that name this machine as their host, so that no web page reaches the server by
/// a name that resolves to it (DNS rebinding); and no changes on behalf of other sites' pages. A browser in which somebody has shown the token
/// may read.
/// </summary>
public static class AccessControl
{
    private const string Scheme = "Bearer ";
    private static readonly object Authorized = new();

    /// <summary>Whether a request has shown the token, or none is asked for.</summary>
    internal static bool IsAuthorized(HttpContext context) => context.Items.ContainsKey(Authorized);

    /// <summary>Checks every request and sets the headers that keep browsers from doing harm. Comes before routing's endpoints.</summary>
    /// <exception cref="InvalidInputException">The options would leave the server open to anybody.</exception>
    public static IApplicationBuilder UseCircuitGridAccess(this IApplicationBuilder app, ServerOptions options)
    {
        options.Validate();
        var time = app.ApplicationServices.GetService<TimeProvider>() ?? TimeProvider.System;
        return app.Use(async (context, next) =>
        {
            // at the last moment: an error clears what was set before it
            context.Response.OnStarting(() =>
            {
                AddHeaders(context.Response.Headers);
                return Task.CompletedTask;
            });
            if (Refuse(context, options, time) is { } refusal)
            {
                if (refusal.Status == StatusCodes.Status401Unauthorized && IsForReading(context.Request) && PlainPage.IsWanted(context.Request))
                {
                    context.Response.Redirect(LogInEndpoints.AddressFor(context.Request));
                    return;
                }

                await WriteAsync(context, refusal.Status, refusal.Detail);
                return;
            }

            await next(context);
        });
    }

    private static (int Status, string Detail)? Refuse(HttpContext context, ServerOptions options, TimeProvider time)
    {
        var request = context.Request;
        if (options.IsLoopback && !IsThisMachine(request.Host.Host))
        {
            return (StatusCodes.Status421MisdirectedRequest, "This server only answers to the names of this machine: localhost, 127.0.0.1 and [::1].");
        }

        if (!IsForReading(request) && IsOfAnotherSite(request))
        {
            return (StatusCodes.Status403Forbidden, "Pages of other sites can't change anything here.");
        }

        if (options.Token is null || ShowsToken(request, options.Token) || (IsForReading(request) && BrowserSession.IsOpen(request, options.Token, time.GetUtcNow())))
        {
            context.Items[Authorized] = true;
            return null;
        }

        if (context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null)
        {
            return null;
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"circuitgrid\"";
        return (StatusCodes.Status401Unauthorized, "Show the server's token: Authorization: Bearer TOKEN.");
    }

    private static bool IsForReading(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <summary>Only a name can be made to lead here by somebody else; an address can't.</summary>
    private static bool IsThisMachine(string host) =>
        host is "localhost" || (IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) && IPAddress.IsLoopback(address));

    private static bool ShowsToken(HttpRequest request, AccessToken token) =>
        request.Headers.Authorization is [{ } shown]
        && shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && token.Matches(shown.AsSpan(Scheme.Length).Trim());

    private static bool IsOfAnotherSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" or "same-site"
        || (request.Headers.Origin is [{ } origin] && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase));

    /// <summary>Adds what an endpoint hasn't said otherwise.</summary>
    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.TryAdd(HeaderNames.XContentTypeOptions, "nosniff");
        headers.TryAdd(HeaderNames.XFrameOptions, "DENY");
        headers.TryAdd("Referrer-Policy", "no-referrer");
        headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        headers.TryAdd(HeaderNames.ContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'");
        headers.TryAdd(HeaderNames.CacheControl, "no-store");
    }

    private static async Task WriteAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        await context.RequestServices.GetRequiredService<IProblemDetailsService>()
            .TryWriteAsync(new() { HttpContext = context, ProblemDetails = { Status = status, Detail = detail } });
    }
}
