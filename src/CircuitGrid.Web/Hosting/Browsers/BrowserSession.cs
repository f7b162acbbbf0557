using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CircuitGrid.Web.Hosting.Browsers;

/// <summary>
/// A browser's leave to read, which it gets for the token: a cookie that says until when, signed with a key that only the token gives. No server
/// keeps a list, so that every silo of one token takes it, and a new token ends it.
/// </summary>
internal static class BrowserSession
{
    /// <summary>How long a browser may read before it is asked for the token again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>Lets a browser read.</summary>
    /// <param name="context">The request that showed the token.</param>
    /// <param name="token">The token.</param>
    /// <param name="now">The time.</param>
    public static void Open(HttpContext context, AccessToken token, DateTimeOffset now)
    {
        var until = (now + Lifetime).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        context.Response.Cookies.Append(NameAt(context.Request), $"{until}.{SignatureOf(token, until)}", new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Secure = context.Request.IsHttps,
            Path = "/",
            MaxAge = Lifetime,
        });
    }

    /// <summary>Whether a request comes from a browser that may read.</summary>
    public static bool IsOpen(HttpRequest request, AccessToken token, DateTimeOffset now) =>
        request.Cookies[NameAt(request)]?.Split('.') is [var until, var signature]
        && AccessToken.AreEqual(signature, SignatureOf(token, until))
        && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && now.ToUnixTimeSeconds() < seconds;

    /// <summary>Browsers give cookies to all ports of a host.</summary>
    private static string NameAt(HttpRequest request) => string.Create(CultureInfo.InvariantCulture, $"circuitgrid-{request.Host.Port ?? 0}");

    private static string SignatureOf(AccessToken token, string until) => Base64Url.EncodeToString(token.Sign(Encoding.UTF8.GetBytes($"browser until {until}")));
}
