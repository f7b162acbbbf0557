using System.Net;
using CircuitGrid.Compute;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Tests.Hubs;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.Hub.Tests.Protocol;

/// <summary>Redirects are followed a few steps far, and the token goes to the hub alone.</summary>
public sealed class RedirectTests
{
    private const string Refs = """{"branches": [{"name": "main", "targetCommit": "00000000000000000000000000000000000000aa"}]}""";

    [Fact]
    public async Task Token_GoesToTheHub_AndToNoOtherHost()
    {
        await using var hub = await TestHub.StartAsync(new() { Tokens = ["hf_secret"] });
        hub.Repository().MakePrivate("hf_secret");
        using var store = hub.Store(o => o with { Token = HubToken.Parse("hf_secret", "test") });
        var snapshot = hub.Snapshot(store);
        foreach (var file in (await store.ReadTreeAsync(snapshot.Repository, snapshot.Commit, CancellationToken.None)).Files)
        {
            await store.FetchAsync(snapshot, file, null, CancellationToken.None);
        }

        Assert.Empty(hub.Server.Requests.LeakedTokens);
        Assert.All(hub.Server.Requests.All, r => Assert.Equal(r.Host == StandInHost.Hub, r.HadAuthorization));
        Assert.Contains(hub.Server.Requests.All, r => r.Host == StandInHost.Storage);
        Assert.Contains(hub.Server.Requests.All, r => r.Kind == RequestKind.ResolveCache && r.HadAuthorization);
        Assert.All(hub.Server.Requests.All, r => Assert.StartsWith("circuitgrid/", r.UserAgent, StringComparison.Ordinal));
    }

    /// <summary>The hub's own name on another port is another host.</summary>
    [Fact]
    public async Task Token_IsLeftAway_WhereOnlyThePortDiffers()
    {
        await using var hub = await TestHub.StartAsync(new() { Tokens = ["hf_secret"] });
        hub.Server.Faults.Always(Fault.RedirectElsewhere(), RequestKind.References);
        using var store = hub.Store(o => o with { Token = HubToken.Parse("hf_secret", "test") });
        await Assert.ThrowsAnyAsync<InvalidInputException>(() => store.ReadRefsAsync(TestHub.Tiny, CancellationToken.None));

        Assert.Contains(hub.Server.Requests.All, r => r.Host == StandInHost.Elsewhere);
        Assert.Empty(hub.Server.Requests.LeakedTokens);
    }

    [Fact]
    public async Task Token_DoesNotComeBack_WhereAnotherHostLeadsToTheHub()
    {
        var clients = new ScriptedClients(request => request.RequestUri!.AbsoluteUri switch
        {
            "https://hub.example/api/models/lab/tiny/refs" => To("https://other.example/x"),
            "https://other.example/x" => To("https://hub.example/api/models/lab/other/refs"),
            _ => Text(Refs),
        });
        using var store = Store(clients);
        var refs = await store.ReadRefsAsync("lab/tiny", CancellationToken.None);

        Assert.Equal("lab/other", refs.Repository);
        Assert.Equal(["+https://hub.example/api/models/lab/tiny/refs", "https://other.example/x", "https://hub.example/api/models/lab/other/refs"], clients.Asked);
    }

    [Theory]
    [InlineData("/api/models/lab/new/refs", "lab/new")]
    [InlineData("https://hub.example/api/models/lab/new/refs?x=1", "lab/new")]
    [InlineData("https://HUB.example:443/api/models/gpt/refs", "gpt")]
    [InlineData("/somewhere/else", "lab/tiny")]
    [InlineData("/api/models/a%2F..%2Fb/refs", "lab/tiny")]
    public async Task Redirect_WithinTheHub_KeepsTheTokenAndTellsTheNewName(string location, string name)
    {
        var clients = new ScriptedClients(request => request.RequestUri!.AbsolutePath == "/api/models/lab/tiny/refs" ? To(location) : Text(Refs));
        using var store = Store(clients);
        var refs = await store.ReadRefsAsync("lab/tiny", CancellationToken.None);

        Assert.Equal(name, refs.Repository);
        Assert.Equal(2, clients.Asked.Count);
        Assert.All(clients.Asked, a => Assert.StartsWith("+https://hub.example/", a, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://hub.example/api/models/lab/new/refs", "https://hub.example/api/models/lab/tiny/refs redirects to http://hub.example/api/models/lab/new/refs, which isn't encrypted; that isn't followed")]
    [InlineData("ftp://hub.example/x", "https://hub.example/api/models/lab/tiny/refs redirects, but to no address of the web")]
    [InlineData("file:///etc/passwd", "https://hub.example/api/models/lab/tiny/refs redirects, but to no address of the web")]
    [InlineData("http://[", "https://hub.example/api/models/lab/tiny/refs redirects, but to no address of the web")]
    [InlineData("", "https://hub.example/api/models/lab/tiny/refs redirects, but to no address of the web")]
    [InlineData("/api/models/lab/tiny/refs", "https://hub.example/api/models/lab/tiny/refs redirects in a circle")]
    public async Task Redirect_ThatLeadsNowhereGood_IsAnErrorAndNotFollowed(string location, string reason)
    {
        var clients = new ScriptedClients(_ => To(location));
        using var store = Store(clients);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => store.ReadRefsAsync("lab/tiny", CancellationToken.None));

        Assert.Equal("hf:lab/tiny", error.Input);
        Assert.Equal(reason, error.Reason);
        Assert.Single(clients.Asked);
    }

    [Fact]
    public async Task Redirects_InALargerCircle_OrWithoutEnd_AreErrors()
    {
        using (var circle = Store(new ScriptedClients(r => To(r.RequestUri!.AbsolutePath == "/b" ? "/api/models/lab/tiny/refs" : "/b"))))
        {
            var error = await Assert.ThrowsAsync<InvalidInputException>(() => circle.ReadRefsAsync("lab/tiny", CancellationToken.None));
            Assert.EndsWith("redirects in a circle", error.Reason, StringComparison.Ordinal);
        }

        var clients = new ScriptedClients(r => To(r.RequestUri!.AbsolutePath + "x"));
        using var endless = Store(clients);
        var far = await Assert.ThrowsAsync<InvalidInputException>(() => endless.ReadRefsAsync("lab/tiny", CancellationToken.None));
        Assert.Equal("https://hub.example/api/models/lab/tiny/refs leads on by more than 5 redirects", far.Reason);
        Assert.Equal(6, clients.Asked.Count);
    }

    private static HubStore Store(IHttpClientFactory clients) => new(
        new HubOptions { Endpoint = new("https://hub.example"), CacheFolder = Path.Combine(Path.GetTempPath(), "circuitgrid-none"), Token = HubToken.Parse("hf_secret", "test") },
        clients);

    private static HttpResponseMessage To(string location)
    {
        var answer = new HttpResponseMessage(HttpStatusCode.TemporaryRedirect);
        answer.Headers.TryAddWithoutValidation("Location", location);
        return answer;
    }

    private static HttpResponseMessage Text(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text) };
}
