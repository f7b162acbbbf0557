using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Web.Api.Deadlines;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>Every request ends, whatever host, grid and storage do. Endpoints are those that the server has, so that a new one is asked too.</summary>
public sealed class DeadlineTests
{
    /// <summary>What needs neither host nor grid.</summary>
    private static readonly string[] NeedNothing = ["POST /api/v1/identities", "POST /login", "GET /openapi/v1.json", "GET /health/live"];

    /// <summary>What a grid that doesn't answer doesn't hold up.</summary>
    private static readonly string[] NeedNoGrid =
    [
        .. NeedNothing, "GET /health", "GET /health/ready", "POST /api/v1/experiments/", "GET /api/v1/experiments/",
        $"GET /api/v1/experiments/{StuckHost.Id}", $"POST /api/v1/experiments/{StuckHost.Id}/cancel",
    ];

    [Theory]
    [InlineData(Stuck.Never, Stuck.Never)]
    [InlineData(Stuck.Blocking, Stuck.Blocking)]
    [InlineData(Stuck.No, Stuck.Never)]
    [InlineData(Stuck.No, Stuck.Blocking)]
    public async Task EveryEndpoint_OverWhatDoesntAnswer_SaysSoByItsDeadline(Stuck ofHost, Stuck ofGrid)
    {
        await using var host = new StuckHost(ofHost, ofGrid);
        await using var server = await BareServer.StartAsync(host);
        var answered = new List<string>();
        foreach (var (method, path, takesBody) in Requests(server))
        {
            using var response = await AskAsync(server, method, path, takesBody);
            var text = await response.Content.ReadAsStringAsync();
            var name = $"{method} {path}";
            if (path.StartsWith("/health", StringComparison.Ordinal))
            {
                var isWell = ofHost == Stuck.No || path is "/health/live";
                Assert.Equal((isWell, name), (response.IsSuccessStatusCode, name));
                Assert.Equal(!isWell, text.Contains("hasn't answered for", StringComparison.Ordinal));
            }
            else if (response.StatusCode == HttpStatusCode.GatewayTimeout)
            {
                var problem = JsonNode.Parse(text)!;
                Assert.Matches(@"^The .+ wasn't there within 1(\.[12])? s: .+\.$", (string)problem["detail"]!);
                Assert.Equal("5", response.Headers.RetryAfter!.ToString());
                continue;
            }

            answered.Add(name);
        }

        var expected = (ofHost == Stuck.No ? NeedNoGrid : NeedNothing).Concat(["GET /health", "GET /health/ready"]).Distinct();
        Assert.Equal(expected.Order(StringComparer.Ordinal), answered.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Handler_ThatAnswersAfterItsDeadline_TouchesNoLaterRequestOfItsConnection()
    {
        await using var host = new StuckHost(Stuck.Blocking, Stuck.No);
        await using var server = await BareServer.StartAsync(host);
        using var late = await server.Client.GetAsync(new Uri("/api/v1/experiments", UriKind.Relative));
        Assert.Equal(HttpStatusCode.GatewayTimeout, late.StatusCode);
        host.OfHost = Stuck.No;
        await host.DisposeAsync();
        for (var i = 0; i < 50; i++)
        {
            using var next = await server.Client.GetAsync(new Uri($"/api/v1/experiments/{StuckHost.Id}", UriKind.Relative));
            Assert.Equal("stuck", (string?)JsonNode.Parse(await next.Content.ReadAsStringAsync())!["name"]);
        }
    }

    [Fact]
    public async Task Requests_ThatAreStuck_AreNeverMoreThanAFew()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.Blocking);
        await using var server = await BareServer.StartAsync(host, configure: api => api.Deadlines = BareServer.ShortDeadlines with { MostLong = 4 });
        var path = new Uri($"/api/v1/experiments/{StuckHost.Id}/plan", UriKind.Relative);
        var first = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.Client.GetAsync(path)));
        Assert.All(first, r => Assert.Equal(HttpStatusCode.GatewayTimeout, r.StatusCode));

        // their threads are held still
        using var refused = await server.Client.GetAsync(path);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Contains("busy", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var state = await server.Client.GetAsync(new Uri($"/api/v1/experiments/{StuckHost.Id}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, state.StatusCode);
    }

    [Fact]
    public async Task EveryEndpoint_WhileStorageIsAway_SaysSoAtOnceOrDoesWithoutIt()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.Never);
        var watch = new Watch { Outage = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "connection refused.") };
        await using var server = await BareServer.StartAsync(host, configure: api => api.Deadlines = new(), watch: watch);
        var answered = new List<string>();
        foreach (var (method, path, takesBody) in Requests(server))
        {
            using var response = await AskAsync(server, method, path, takesBody);
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.Contains("hasn't answered since 2026-01-02 03:04:05 UTC: connection refused", text, StringComparison.Ordinal);
                Assert.Equal(!path.StartsWith("/health", StringComparison.Ordinal), response.Headers.RetryAfter is not null);
                continue;
            }

            answered.Add($"{method} {path}");
        }

        Assert.Equal([.. NeedNothing.Append("GET /api/v1/experiments/").Append($"GET /api/v1/experiments/{StuckHost.Id}").Order(StringComparer.Ordinal)], answered.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Requests_ThatWaitWhenStorageGoes_EndThen()
    {
        await using var host = new StuckHost(Stuck.No, Stuck.Never);
        var watch = new Watch();
        await using var server = await BareServer.StartAsync(host, configure: api => api.Deadlines = new(), watch: watch);
        var asking = server.Client.GetAsync(new Uri($"/api/v1/experiments/{StuckHost.Id}/report", UriKind.Relative));
        await Task.Delay(300);
        Assert.False(asking.IsCompleted);
        watch.Outage = new(DateTimeOffset.UnixEpoch, "it went away");
        using var response = await asking;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("it went away", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static IEnumerable<(string Method, string Path, bool TakesBody)> Requests(BareServer server) =>
        from endpoint in server.Endpoints
        let path = endpoint.RoutePattern.RawText!
            .Replace("{id}", StuckHost.Id, StringComparison.Ordinal).Replace("{key}", new string('0', 64), StringComparison.Ordinal).Replace("{documentName}", "v1", StringComparison.Ordinal)
            .Replace("{suite}", "s", StringComparison.Ordinal).Replace("{checkpoint}", "m@0", StringComparison.Ordinal).Replace("{task}", "ioi", StringComparison.Ordinal)
        where endpoint.Metadata.GetMetadata<EndsByItself>() is null
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, path, endpoint.Metadata.GetMetadata<IAcceptsMetadata>() is not null);

    private static async Task<HttpResponseMessage> AskAsync(BareServer server, string method, string path, bool takesBody)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (takesBody)
        {
            request.Content = new StringContent("suite: small\ntasks: [ioi]");
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/yaml");
        }

        return await server.Client.SendAsync(request);
    }

    private sealed class Watch : IStorageWatch
    {
        public StorageOutage? Outage { get; set; }
    }
}
