using System.Net;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Models.Files;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Hosting.Browsers;

/// <summary>A page of a heading and a few sentences, for people who open a server in a browser and get no report.</summary>
internal static class PlainPage
{
    private const string Style =
        ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}body{margin:12vh auto;padding:0 1.5rem;max-width:34rem}"
        + "h1{font-size:1.3rem}p{overflow-wrap:anywhere}input,button{font:inherit;padding:.35rem .6rem}input{width:100%;box-sizing:border-box;margin:.3rem 0 .8rem}";

    /// <summary>Nothing but the page's own style, and forms that go to the server itself.</summary>
    private static readonly string s_policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Whether an answer is for somebody's eyes: browsers ask for HTML, programs don't.</summary>
    public static bool IsWanted(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));

    /// <summary>Answers with a page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="heading">What it is about.</param>
    /// <param name="sentences">What there is to say.</param>
    /// <param name="form">HTML after that.</param>
    public static async Task WriteAsync(HttpContext context, string heading, string sentences, string form = "")
    {
        var response = context.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = s_policy;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await response.WriteAsync(
            $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,">
            <title>{Encoded(heading)} – CircuitGrid</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{Encoded(heading)}</h1>
            <p>{Encoded(sentences)}</p>
            {form}
            </body>
            </html>
            """,
            context.RequestAborted);
    }

    /// <summary>Text as a page shows it: no markup, and nothing that reads otherwise than it is.</summary>
    public static string Encoded(string text) => WebUtility.HtmlEncode(VisibleText.OnOneLine(text));
}
