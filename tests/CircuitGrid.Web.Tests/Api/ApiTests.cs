using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Circuits.Files;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>The HTTP API of a real server, from an experiment's text to its results.</summary>
public sealed class ApiTests : IDisposable
{
    private const string Secret = "a-token-of-enough-letters";
    private readonly TinySuite suite = new(checkpoints: 2);

    public void Dispose() => suite.Dispose();

    [Fact]
    public async Task Experiment_OverHttp_HasTheResultsOfALocalRunByteForByte()
    {
        await using var server = await TestServer.StartAsync(suite);
        using var started = await server.PostAsync("/api/v1/experiments", TinySuite.Yaml());
        Assert.Equal(HttpStatusCode.Created, started.StatusCode);
        var id = (string)(await JsonAsync(started))["id"]!;
        var events = await server.FollowAsync(id);
        Assert.Equal("completed", (string?)JsonNode.Parse(events[^1].Data)!["kind"]);
        Assert.Equal("completed", (string?)(await GetAsync(server, $"/api/v1/experiments/{id}"))["phase"]);

        using var store = SqliteCellStore.Open(Path.Combine(suite.Root, "local.db"));
        await using var grid = new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource());
        var spec = new ExperimentTexts(suite.Suites).Parse(TinySuite.Yaml());
        await grid.RunAsync(spec);
        var plan = await grid.PlanAsync(spec);
        Assert.Equal(2, plan.Cells.Count());
        foreach (var cell in plan.Cells)
        {
            var expected = (await grid.ReadAsync(cell.Fingerprint!.Key))!;
            var described = await GetAsync(server, $"/api/v1/experiments/{id}/cells/{cell.Id}");
            Assert.Equal(cell.Fingerprint!.Key.Value, (string?)described["key"]);
            var path = $"/api/v1/results/{described["key"]}";
            Assert.Equal(CellResultCodec.Encode(expected), await server.Client.GetByteArrayAsync(new Uri($"{path}/bytes", UriKind.Relative)));

            var circuit = await GetAsync(server, $"{path}/circuit");
            Assert.Equal(expected.Edges.Indices().Select(e => (double)expected.Scores[e]), circuit["edges"]!.AsArray().Select(e => (double)(float)(double)e!["score"]!));
            var file = Path.Combine(suite.Root, "graph.json");
            await File.WriteAllBytesAsync(file, await server.Client.GetByteArrayAsync(new Uri($"{path}/graph", UriKind.Relative)));
            var graph = GraphFile.Read(file);
            Assert.Equal(expected.Scores, graph.Scores);
            Assert.Equal(expected.Edges.Indices(), Enumerable.Range(0, graph.EdgesIn.Length).Where(e => graph.EdgesIn[e]));
            Assert.Equal(1, (int)(await GetAsync(server, $"{path}/provenance"))["threads"]!);
        }

        Assert.Single((await GetAsync(server, $"/api/v1/experiments/{id}/cells?step=1"))["items"]!.AsArray());
        Assert.Equal(2, (await GetAsync(server, $"/api/v1/experiments/{id}/trajectories"))[0]!["points"]!.AsArray().Count);
        var scale = (await GetAsync(server, $"/api/v1/experiments/{id}/scale"))[0]!;
        Assert.Equal((null, 1, 1, "1 model size; a correlation needs 6 or more"), (scale["pearson_parameters"], scale["sizes"]!.AsArray().Count, (int)scale["sizes"]![0]!["models"]!, (string?)scale["no_correlation"]));
    }

    /// <summary>Where nobody knows the tokens there are none, and what isn't analysed is listed.</summary>
    [Fact]
    public async Task Experiment_OfTrainersCheckpoints_HasNoTokens_AndListsWhatIsLeftOut()
    {
        suite.AddTrained();
        await using var server = await TestServer.StartAsync(suite);
        var id = (string)(await JsonAsync(await server.PostAsync("/api/v1/experiments", TinySuite.Yaml("eap", "trained"))))["id"]!;
        await server.FollowAsync(id);

        var plan = await GetAsync(server, $"/api/v1/experiments/{id}/plan");
        Assert.Equal("unknown", (string?)plan["tokens_known"]);
        Assert.Equal("[{\"model\":\"m\",\"name\":\"checkpoint-01000\",\"reason\":\"is step 1000 again, which checkpoint-1000 is\"}]", plan["left_out"]!.ToJsonString());
        Assert.Equal(1, (int)plan["others_left_out"]!);
        var cells = (await GetAsync(server, $"/api/v1/experiments/{id}/cells"))["items"]!.AsArray();
        Assert.Equal([(500, null, "unknown"), (1000, null, "unknown")], cells.Select(c => ((int)c!["step"]!, (long?)c["tokens"], (string?)c["tokens_known"])));
        Assert.Equal(["stage", "branch", "seed", "tokens_known"], cells[0]!.AsObject().Select(p => p.Key).TakeLast(4));
        var trajectory = (await GetAsync(server, $"/api/v1/experiments/{id}/trajectories"))[0]!;
        Assert.All(trajectory["points"]!.AsArray(), p => Assert.Equal((null, "unknown"), ((long?)p!["tokens"], (string?)p["tokens_known"])));
        var report = await GetAsync(server, $"/api/v1/experiments/{id}/report");
        Assert.Equal(("unknown", "checkpoint-01000"), ((string?)report["tokensKnown"], (string?)report["leftOut"]![0]!["name"]));
    }

    /// <summary>A model that several stages, branches and seeds have in common is named by its base; the cells say which of them each is.</summary>
    [Fact]
    public async Task Experiment_OfAStage_SaysItsStageAndParent()
    {
        var model = Path.Combine(suite.Suites, "staged", "m");
        suite.AddTrained();
        Directory.CreateDirectory(model);
        Directory.Move(Path.Combine(suite.Suites, "trained", "m", "checkpoint-500"), Path.Combine(model, "stage1-step100-tokens1B"));
        Directory.Move(Path.Combine(suite.Suites, "trained", "m", "checkpoint-1000"), Path.Combine(model, "stage2-ingredient1-step50-tokens1B"));
        await using var server = await TestServer.StartAsync(suite);
        var id = (string)(await JsonAsync(await server.PostAsync("/api/v1/experiments", TinySuite.Yaml("eap", "staged") + "\nmodels: [m]\n")))["id"]!;
        await server.FollowAsync(id);

        var cell = Assert.Single((await GetAsync(server, $"/api/v1/experiments/{id}/cells?model=m.stage2.ingredient1"))["items"]!.AsArray())!;
        Assert.Equal((50, 2_000_000_000, "rounded", "stage2", "ingredient1"), ((int)cell["step"]!, (long)cell["tokens"]!, (string?)cell["tokens_known"], (string?)cell["stage"], (string?)cell["branch"]));
        var trajectory = (await GetAsync(server, $"/api/v1/experiments/{id}/trajectories")).AsArray().Single(t => (string?)t!["model"] == "m.stage2.ingredient1")!;
        Assert.Equal(("m.stage1", 2_000_000_000), ((string?)trajectory["parent"], (long)trajectory["points"]![0]!["tokens"]!));
    }

    [Fact]
    public async Task Events_AfterTheLastHeard_GoOnFromThere()
    {
        await using var server = await TestServer.StartAsync(suite);
        var id = (string)(await JsonAsync(await server.PostAsync("/api/v1/experiments", TinySuite.Yaml("eap"))))["id"]!;
        var all = await server.FollowAsync(id);
        Assert.Equal(all[3..], await server.FollowAsync(id, all[2].Id));
        Assert.Equal(all, await server.FollowAsync(id, $"1.{all.Count}"));
        var crowd = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.FollowAsync(id)));
        Assert.All(crowd, heard => Assert.Equal(all, heard));
    }

    [Fact]
    public async Task Cancel_OfAWatch_EndsItsEvents()
    {
        await using var server = await TestServer.StartAsync(suite);
        var body = JsonSerializer.Serialize(new { yaml = TinySuite.Yaml("eap"), watch = true });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var started = await server.Client.PostAsync(new Uri("/api/v1/experiments", UriKind.Relative), content);
        var id = (string)(await JsonAsync(started))["id"]!;
        var following = server.FollowAsync(id);
        using var cancelled = await server.Client.PostAsync(new Uri($"/api/v1/experiments/{id}/cancel", UriKind.Relative), content: null);
        Assert.True((bool)(await JsonAsync(cancelled))["was_running"]!);
        await following;
        Assert.Equal("cancelled", (string?)(await GetAsync(server, $"/api/v1/experiments/{id}"))["phase"]);
    }

    [Theory]
    [InlineData("GET", "/api/v1/experiments/0123456789abcdef", null, "", 404)]
    [InlineData("GET", "/api/v1/experiments/0123456789abcdef/events", null, "", 404)]
    [InlineData("GET", "/api/v1/results/../../etc/passwd", null, "", 404)]
    [InlineData("GET", "/api/v1/results/zz", null, "", 404)]
    [InlineData("DELETE", "/api/v1/experiments", null, "", 405)]
    [InlineData("POST", "/api/v1/experiments", "text/plain", "suite: small", 415)]
    [InlineData("POST", "/api/v1/experiments", "application/json", "{\"yaml\": ", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/json", "{}", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/yaml", "tasks: [ioi]", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/yaml", "suite: ../..\ntasks: [ioi]", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/yaml", "suite: /etc\ntasks: [ioi]", 400)]
    [InlineData("POST", "/api/v1/experiments", "application/yaml", "suite: missing\ntasks: [ioi]", 400)]
    [InlineData("POST", "/api/v1/plans", "application/yaml", "suite: small\ntasks: [{name: x, pairs: small/../../results.db, metric: logit-diff}]", 400)]
    public async Task Request_ThatCantBeServed_GetsProblemDetailsWithoutTheServersPaths(string method, string path, string? type, string body, int expected)
    {
        await using var server = await TestServer.StartAsync(suite);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (type is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        using var response = await server.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal((expected, "application/problem+json"), ((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(expected, (int)JsonNode.Parse(text)!["status"]!);
        Assert.DoesNotContain(suite.Root, text, StringComparison.Ordinal);
        Assert.DoesNotContain(" at CircuitGrid", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiment_LargerThanAMebibyte_IsRefused()
    {
        await using var server = await TestServer.StartAsync(suite);
        using var response = await server.PostAsync("/api/v1/experiments", new string('#', (1 << 20) + 1));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Page_IsMadeOnceForTheSameResults()
    {
        await using var server = await TestServer.StartAsync(suite);
        var id = (string)(await JsonAsync(await server.PostAsync("/api/v1/experiments", TinySuite.Yaml("eap"))))["id"]!;
        await server.FollowAsync(id);
        using var page = await server.Client.GetAsync(new Uri("/", UriKind.Relative));
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotContain("<b>of</b>", html, StringComparison.Ordinal);
        Assert.Contains("\\u003Cb\\u003Eof", html, StringComparison.Ordinal);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/experiments/{id}");
        again.Headers.IfNoneMatch.Add(page.Headers.ETag!);
        using var unchanged = await server.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task Token_IsAskedOfEverythingButHealth()
    {
        await using var server = await TestServer.StartAsync(suite, new AccessToken(Secret));
        foreach (var path in (string[])["/", "/api/v1/experiments", "/openapi/v1.json", "/experiments/x", "/nothing"])
        {
            using var refused = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal((HttpStatusCode.Unauthorized, "Bearer"), (refused.StatusCode, refused.Headers.WwwAuthenticate.Single().Scheme));
        }

        Assert.Equal("""{"status":"ok"}""", await server.Client.GetStringAsync(new Uri("/health", UriKind.Relative)));
        foreach (var wrong in (string[])[Secret[..^1], Secret + "x", "", Secret.ToUpperInvariant()])
        {
            server.Client.DefaultRequestHeaders.Authorization = new("Bearer", wrong);
            using var refused = await server.Client.GetAsync(new Uri("/api/v1/experiments", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", Secret);
        Assert.Equal("[]", await server.Client.GetStringAsync(new Uri("/api/v1/experiments", UriKind.Relative)));
        Assert.Equal("ok", (string?)(await GetAsync(server, "/health"))["checks"]!["store"]!["status"]);
        Assert.NotNull((await GetAsync(server, "/openapi/v1.json"))["paths"]!["/api/v1/experiments"]);
    }

    [Fact]
    public async Task Health_OfAStoreThatIsGone_IsUnhealthy()
    {
        var gone = SqliteCellStore.Open(Path.Combine(suite.Root, "gone.db"));
        gone.Dispose();
        await using var server = await TestServer.StartAsync(suite, healthStore: gone);
        using var response = await server.Client.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.DoesNotContain(suite.Root, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host", "evil.example", 421)]
    [InlineData("Origin", "https://evil.example", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    public async Task Request_OnBehalfOfAnotherSite_IsRefused(string header, string value, int expected)
    {
        await using var server = await TestServer.StartAsync(suite);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/experiments/0123456789abcdef/cancel");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<JsonNode> GetAsync(TestServer server, string path)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative));
        return await JsonAsync(response);
    }
}
