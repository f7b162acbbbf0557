using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Web.Hosting;
using CircuitGrid.Web.Tests.Api;

namespace CircuitGrid.Web.Tests.Hosting;

/// <summary>A person with the token and a browser.</summary>
public sealed partial class LogInTests : IAsyncLifetime
{
    private const string Secret = "a-token-of-enough-letters";
    private const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    private readonly TinySuite suite = new(checkpoints: 1);
    private readonly ManualTime time = new();
    private TestServer server = null!;
    private HttpClient http = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(suite, new AccessToken(Secret), time);
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Client.BaseAddress };
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await server.DisposeAsync();
        suite.Dispose();
    }

    [Fact]
    public async Task Open_WithoutToken_SendsABrowserToTheForm_AndAProgramAway()
    {
        using var browser = await SendAsync(HttpMethod.Get, "/experiments/0123456789abcdef");
        Assert.Equal((HttpStatusCode.Redirect, "/login?to=%2Fexperiments%2F0123456789abcdef"), (browser.StatusCode, browser.Headers.Location!.OriginalString));
        using var program = await SendAsync(HttpMethod.Get, "/", accept: "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, program.StatusCode);

        using var form = await SendAsync(HttpMethod.Get, browser.Headers.Location.OriginalString);
        var page = await form.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html"), (form.StatusCode, form.Content.Headers.ContentType!.MediaType));
        Assert.Contains("""<form method="post" action="/login?to=%2Fexperiments%2F0123456789abcdef">""", page, StringComparison.Ordinal);
        var policy = Assert.Single(form.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains($"style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style().Match(page).Groups["text"].Value)))}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_InTheForm_LetsTheBrowserReadForSomeHours_AndNeverChange()
    {
        using var taken = await LogInAsync(Secret, "/experiments/0123456789abcdef");
        Assert.Equal((HttpStatusCode.SeeOther, "/experiments/0123456789abcdef"), (taken.StatusCode, taken.Headers.Location!.OriginalString));
        var cookie = Assert.Single(taken.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, cookie, StringComparison.Ordinal);
        var session = cookie[..cookie.IndexOf(';', StringComparison.Ordinal)];

        using var page = await SendAsync(HttpMethod.Get, "/", session);
        Assert.Equal((HttpStatusCode.NotFound, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.Contains("No experiment has been started here yet", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var list = await SendAsync(HttpMethod.Get, "/api/v1/experiments", session, accept: "application/json");
        Assert.Equal("[]", await list.Content.ReadAsStringAsync());
        using var change = await SendAsync(HttpMethod.Post, "/api/v1/experiments/0123456789abcdef/cancel", session, accept: "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, change.StatusCode);

        time.Advance(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(2));
        using var late = await SendAsync(HttpMethod.Get, "/", session);
        Assert.Equal(HttpStatusCode.NotFound, late.StatusCode);
        time.Advance(TimeSpan.FromSeconds(3));
        using var tooLate = await SendAsync(HttpMethod.Get, "/", session);
        Assert.Equal(HttpStatusCode.Redirect, tooLate.StatusCode);
    }

    [Fact]
    public async Task Session_ThatNobodyWasGiven_IsNone()
    {
        using var taken = await LogInAsync(Secret, "/");
        var session = Assert.Single(taken.Headers.GetValues("Set-Cookie")).Split(';')[0];
        for (var place = session.IndexOf('=', StringComparison.Ordinal) + 1; place < session.Length; place++)
        {
            var other = session[..place] + (session[place] == '9' ? '8' : '9') + session[(place + 1)..];
            using var refused = await SendAsync(HttpMethod.Get, "/", other);
            Assert.True(refused.StatusCode == HttpStatusCode.Redirect, other);
        }

        await using var another = await TestServer.StartAsync(suite, new AccessToken(Secret + "!"), time);
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, another.Client.BaseAddress);
        elsewhere.Headers.Add("Accept", Browser);
        elsewhere.Headers.Add("Cookie", $"circuitgrid-{another.Client.BaseAddress!.Port}{session[session.IndexOf('=', StringComparison.Ordinal)..]}");
        using var foreign = await http.SendAsync(elsewhere);
        Assert.Equal(HttpStatusCode.Redirect, foreign.StatusCode);
    }

    [Theory]
    [InlineData("a-token-of-enough-letterS")]
    [InlineData("")]
    public async Task AnotherToken_IsAskedForAgain(string wrong)
    {
        using var refused = await LogInAsync(wrong, "/");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.False(refused.Headers.Contains("Set-Cookie"));
        Assert.Contains("<form", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\tevil")]
    public async Task LogIn_NeverLeadsToAnotherServer(string to)
    {
        using var taken = await LogInAsync(Secret, to);
        Assert.Equal("/", taken.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task LogIn_FromAnotherSitesPage_IsRefused()
    {
        using var request = Form(Secret, "/");
        request.Headers.Add("Origin", "https://evil.example");
        using var refused = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    /// <summary>What keeps browsers from doing harm goes with every answer, errors and redirections included, and no error tells of the server's inside.</summary>
    [Theory]
    [InlineData("/", Browser)]
    [InlineData("/login", Browser)]
    [InlineData("/login?nobodys=1", Browser)]
    [InlineData("/login?nobodys=1", "application/json")]
    [InlineData("/nothing", "application/json")]
    [InlineData("/health/live", "*/*")]
    public async Task Answer_OfAnyKind_KeepsBrowsersFromHarm(string path, string accept)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, accept: accept);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Contains("frame-ancestors 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Contains("no-store", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("trace", await answer.Content.ReadAsStringAsync(), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("token=a&token=b")]
    [InlineData("token=a&more=b")]
    [InlineData("tokens=a")]
    public async Task Form_OfOtherFields_IsRefused(string body)
    {
        using var request = Form(Secret, "/");
        request.Content = new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var refused = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private async Task<HttpResponseMessage> LogInAsync(string token, string to)
    {
        using var request = Form(token, to);
        return await http.SendAsync(request);
    }

    private static HttpRequestMessage Form(string token, string to)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/login?to={Uri.EscapeDataString(to)}")
        {
            Content = new FormUrlEncodedContent([new("token", token)]),
        };
        request.Headers.Add("Accept", Browser);
        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? cookie = null, string accept = Browser)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Accept", accept);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        return await http.SendAsync(request);
    }

    [GeneratedRegex("<style>(?<text>.*?)</style>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Style();
}
