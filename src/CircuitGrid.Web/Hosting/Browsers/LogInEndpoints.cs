using CircuitGrid.Web.Api;
using CircuitGrid.Web.Api.Deadlines;
using CircuitGrid.Web.Api.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Web.Hosting.Browsers;

/// <summary>Where a person shows the token, so that a browser may read for some hours.</summary>
internal static class LogInEndpoints
{
    private const string Path = "/login";
    private const string TokenField = "token";

    private static readonly TextParameter To = new("to", "The page that was asked for.");

    /// <summary>Where a browser is sent that asks for a page without leave to read it.</summary>
    public static string AddressFor(HttpRequest request) => $"{Path}{QueryString.Create(To.Name, request.PathBase + request.Path)}";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (Delegate)AskAsync).WithQuery(To).WithDeadline(DeadlineKind.Quick, "The form", needsStorage: false).WithMetadata(OpenToAll.Instance).ExcludeFromDescription();
        endpoints.MapPost(Path, CheckAsync).WithQuery(To).Accepts<IFormCollection>("application/x-www-form-urlencoded")
            .WithDeadline(DeadlineKind.Quick, "The answer to the form", needsStorage: false).WithMetadata(OpenToAll.Instance).ExcludeFromDescription();
    }

    private static async Task AskAsync(HttpContext context)
    {
        var to = PageOf(context.Request);
        if (AccessControl.IsAuthorized(context))
        {
            context.Response.Redirect(to);
            return;
        }

        await ShowAsync(context, "The server wants to see its token before it shows anything.");
    }

    private static async Task CheckAsync(HttpContext context, TimeProvider time)
    {
        var to = PageOf(context.Request);
        if (context.RequestServices.GetService<ServerOptions>()?.Token is { } token)
        {
            if (!token.Matches(await ReadTokenAsync(context)))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                await ShowAsync(context, "That isn't the server's token.");
                return;
            }

            BrowserSession.Open(context, token, time.GetUtcNow());
        }

        context.Response.StatusCode = StatusCodes.Status303SeeOther;
        context.Response.Headers.Location = to;
    }

    private static async Task<string> ReadTokenAsync(HttpContext context)
    {
        try
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            return form.Count == 1 && form.Files.Count == 0 && form[TokenField] is [{ } shown] ? shown.Trim() : throw new ApiException(StatusCodes.Status400BadRequest, $"The form has one field, '{TokenField}'.");
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "The form can't be read.");
        }
    }

    private static Task ShowAsync(HttpContext context, string sentence)
    {
        // a form sent without a referrer names no origin, and would be taken for another site's
        context.Response.Headers["Referrer-Policy"] = "same-origin";

        // the field without a name isn't sent: it tells password managers what the token belongs to
        var action = PlainPage.Encoded(Path + context.Request.QueryString);
        return PlainPage.WriteAsync(
            context,
            "Token",
            sentence,
            $"""
            <form method="post" action="{action}">
            <input type="text" autocomplete="username" value="circuitgrid" hidden>
            <label>Token <input type="password" name="{TokenField}" autocomplete="current-password" autofocus required></label>
            <button>Open</button>
            </form>
            <p>The browser may then read for {BrowserSession.Lifetime.TotalHours:0} hours. It can't start or cancel anything.</p>
            """);
    }

    /// <summary>A page of this server, whatever was asked for.</summary>
    private static string PageOf(HttpRequest request) =>
        To.Of(request) is ['/', not ('/' or '\\'), ..] and { } to && to.All(c => c is > ' ' and <= '~' and not '\\') ? to : "/";
}
