using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CircuitGrid.Experiments.Tests.Fakes;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>No endpoint passes over anything that a request says.</summary>
public sealed class StrictRequestTests : IAsyncLifetime
{
    private const string Yaml = "name: fake\nsuite: fake\ntasks: [ioi, sva]";
    private const string Key = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>Answers that the API's description leaves out.</summary>
    private static readonly string[] Undescribed = ["/", "/experiments/{id}", "/login", "/openapi/{documentName}.json", "/health", "/health/live", "/health/ready"];

    /// <summary>For every query parameter, a value with which the answer is another than without, and how to tell what belongs to it.</summary>
    private static readonly Dictionary<string, (string Value, Func<JsonArray, IEnumerable<JsonNode?>> Expected)> Parameters = new(StringComparer.Ordinal)
    {
        ["model"] = ("model-1", cells => cells.Where(c => (string?)c!["model"] is "model-1")),
        ["task"] = ("sva", cells => cells.Where(c => (string?)c!["task"] is "sva")),
        ["step"] = ("100", cells => cells.Where(c => (int)c!["step"]! == 100)),
        ["action"] = ("run", cells => cells.Where(c => (string?)c!["action"] is "run")),
        ["offset"] = ("5", cells => cells.Skip(5)),
        ["limit"] = ("4", cells => cells.Take(4)),
    };

    private readonly FakeSuite suite = FakeSuite.Of(models: 2, checkpoints: 3);
    private TestServer server = null!;
    private string id = "";

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync(suite);
        using var started = await server.PostAsync("/api/v1/experiments", Yaml);
        id = (string)JsonNode.Parse(await started.Content.ReadAsStringAsync())!["id"]!;
        await server.FollowAsync(id);
        suite.Write("model-1", step: 300, layers: 2, seed: 9);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        suite.Dispose();
    }

    [Fact]
    public async Task EveryRoute_WithAParameterThatNobodyKnows_RefusesIt()
    {
        var routes = await RoutesAsync();
        Assert.True(routes.Count > 20);
        foreach (var (method, path) in routes)
        {
            var (status, detail) = await RefusalAsync(method, $"{path}?nobodys=1");
            Assert.True(status == HttpStatusCode.BadRequest && detail.Contains("'nobodys'", StringComparison.Ordinal), $"{method} {path}: {status} {detail}");
        }
    }

    [Fact]
    public async Task EveryRoute_OfTheServer_IsDescribedOrKnownNotToBe()
    {
        var described = (await DescriptionAsync())["paths"]!.AsObject().Select(p => p.Key);
        Assert.Equal(
            server.Endpoints.Select(e => "/" + e.RoutePattern.RawText!.Trim('/')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
            described.Concat(Undescribed).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task EveryRoute_ThatTakesNoBody_RefusesOne()
    {
        foreach (var (method, path) in (await RoutesAsync()).Where(r => !IsForTexts(r)))
        {
            using var whole = new ByteArrayContent([1]);
            using var inChunks = new ChunkedContent();
            foreach (var body in (HttpContent[])[whole, inChunks])
            {
                var (status, detail) = await RefusalAsync(method, path, body);
                Assert.True(status == HttpStatusCode.BadRequest && detail.Contains("takes no body", StringComparison.Ordinal), $"{method} {path}: {status} {detail}");
            }
        }

        bool IsForTexts((string Method, string Path) route) =>
            route.Method is "POST" && !route.Path.EndsWith("/cancel", StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryParameter_OfTheDescription_IsReadAndStrict()
    {
        var whole = await ItemsAsync("");
        Assert.Equal(14, whole.Count);
        var described = (await DescribedParametersAsync()).ToList();
        Assert.Equal(Parameters.Keys.Order(StringComparer.Ordinal), described.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var (path, name, schema) in described)
        {
            var (value, expected) = Parameters[name];
            var answer = await ItemsAsync($"?{name}={value}");
            Assert.NotEqual(whole.Count, answer.Count);
            Assert.Equal(expected(whole).Select(c => c!.ToJsonString()), answer.Select(c => c!.ToJsonString()));

            var place = $"'{name}'";
            string[] wrong = [$"{name}=", $"{name}={value}&{name}={value}", $"{name}=%20{value}", $"{name}={value}%00", $"{name}=nothing", $"{Capital(name)}={value}", $"{name}s={value}", .. OutOf(schema).Select(w => $"{name}={w}")];
            foreach (var query in wrong)
            {
                var (status, detail) = await RefusalAsync("GET", $"{Fill(path)}?{query}");
                Assert.True(status == HttpStatusCode.BadRequest && detail.Contains(place, StringComparison.Ordinal), $"{query}: {status} {detail}");
            }
        }
    }

    [Fact]
    public async Task Words_OfAQuery_AreThoseOfAnswers()
    {
        foreach (var word in (await ItemsAsync("")).Select(c => (string)c!["action"]!).Distinct(StringComparer.Ordinal))
        {
            Assert.NotEmpty(await ItemsAsync($"?action={word}"));
        }
    }

    [Theory]
    [InlineData("modle=model-1", "The query has no parameter 'modle'; did you mean 'model'? Known are model, task, step, action, offset, limit.")]
    [InlineData("zzzzzzzzzz=1", "The query has no parameter 'zzzzzzzzzz'; known are model, task, step, action, offset, limit.")]
    [InlineData("action=Keep", "The query's 'action' can't be 'Keep'; did you mean 'keep'? Known are keep, run, skip.")]
    [InlineData("action=0", "The query's 'action' can't be '0'; known are keep, run, skip.")]
    [InlineData("model=model-7", "The query's 'model' can't be 'model-7'; did you mean 'model-0'? Known are model-0, model-1.")]
    [InlineData("task=IOI", "The query's 'task' can't be 'IOI'; did you mean 'ioi'? Known are ioi, sva.")]
    [InlineData("limit=0", "The query's 'limit' can't be '0'; it must be a whole number from 1 to 1000.")]
    [InlineData("step=1&step=2", "The query has 'step' twice; it can be given once.")]
    public async Task Refusal_SaysWhatWasSeenAndWhatThereIs(string query, string expected) =>
        Assert.Equal((HttpStatusCode.BadRequest, expected), await RefusalAsync("GET", $"/api/v1/experiments/{id}/cells?{query}"));

    [Theory]
    [InlineData("""{"yaml": "Y", "wacth": true}""", "has no key 'wacth'; did you mean 'watch'? Known are yaml, watch")]
    [InlineData("""{"yaml": "Y", "Watch": true}""", "has no key 'Watch'; did you mean 'watch'?")]
    [InlineData("""{"yaml": "Y", "watch": "true"}""", "watch is a text; it must be true or false")]
    [InlineData("""{"yaml": "Y", "watch": 1}""", "watch is a number; it must be true or false")]
    [InlineData("""{"yaml": "Y", "watch": null}""", "watch is null; it must be true or false")]
    [InlineData("""{"yaml": "Y", "watch": true, "watch": false}""", "has the key 'watch' twice")]
    [InlineData("""{"yaml": ["Y"]}""", "yaml is a list; it must be a text")]
    [InlineData("""{"yaml": null}""", "yaml is null; it must be a text")]
    [InlineData("""{"watch": true}""", "has no \"yaml\"")]
    [InlineData("""["Y"]""", "is a list, not a JSON object")]
    [InlineData("""{"yaml": "Y"} {"yaml": "Y"}""", "isn't valid JSON")]
    [InlineData("", "isn't JSON: it is empty")]
    public async Task Json_WithWhatIsntKnown_IsRefusedAndStartsNothing(string json, string expected)
    {
        // only an experiment that is started can go on with new checkpoints
        string[] paths = json.Contains("atch", StringComparison.Ordinal) || json.Contains("wacth", StringComparison.Ordinal) ? ["experiments"] : ["experiments", "identities", "plans", "reports"];
        foreach (var path in paths)
        {
            using var body = new StringContent(json.Replace("Y", "suite: fake\\ntasks: [ioi]", StringComparison.Ordinal), Encoding.UTF8, "application/json");
            var (status, detail) = await RefusalAsync("POST", $"/api/v1/{path}", body);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.StartsWith("the request's body", detail, StringComparison.Ordinal);
            Assert.Contains(expected, detail, StringComparison.Ordinal);
        }

        Assert.Single(await server.Host.ListAsync());
    }

    [Theory]
    [InlineData("identities")]
    [InlineData("plans")]
    [InlineData("reports")]
    public async Task Watch_WhereNothingIsStarted_IsRefused(string path)
    {
        using var body = new StringContent("""{"yaml": "suite: fake\ntasks: [ioi]", "watch": true}""", Encoding.UTF8, "application/json");
        Assert.Equal((HttpStatusCode.BadRequest, "the request's body has no key 'watch'; known are yaml."), await RefusalAsync("POST", $"/api/v1/{path}", body));
    }

    [Theory]
    [InlineData("application/yaml; charset=iso-8859-1", null, "suite: fake\ntasks: [ioi]", 415)]
    [InlineData("application/json; charset=utf-16", null, "{}", 415)]
    [InlineData("application/yaml", "gzip", "suite: fake\ntasks: [ioi]", 415)]
    [InlineData("application/yaml; charset=\"UTF-8\"", null, "suite: fake\ntasks: [ioi]", 200)]
    [InlineData("application/yaml", null, "\ufeffsuite: fake\ntasks: [ioi]", 200)]
    [InlineData("application/yaml", null, "suite: fake\ntasks: [ioi]\n\0ignored: 1", 400)]
    public async Task Text_IsUtf8AndNothingElse(string type, string? encoding, string text, int expected)
    {
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            body.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await server.Client.PostAsync(new Uri("/api/v1/identities", UriKind.Relative), body);
        Assert.Equal(expected, (int)response.StatusCode);
    }

    private static string Capital(string name) => char.ToUpperInvariant(name[0]) + name[1..];

    /// <summary>Values that a parameter's description rules out.</summary>
    private static IEnumerable<string> OutOf(JsonNode schema)
    {
        if ((string?)schema["type"] is "integer")
        {
            var (least, most) = ((long)schema["minimum"]!, (long)schema["maximum"]!);
            return [.. new[] { least - 1, most + 1 }.Select(n => n.ToString(CultureInfo.InvariantCulture)), $"+{most}", $"{most}.0", "1e1", "0x1", "true"];
        }

        return schema["enum"] is JsonArray words ? words.SelectMany(w => new[] { Capital((string)w!), ((string)w!).ToUpperInvariant(), $"{w}s" }).Append("0") : [];
    }

    private async Task<List<(string Method, string Path)>> RoutesAsync() =>
    [
        .. (await DescriptionAsync())["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Select(m => (m.Key.ToUpperInvariant(), Fill(p.Key)))),
        .. Undescribed.Select(p => ("GET", Fill(p))),
    ];

    private async Task<IEnumerable<(string Path, string Name, JsonNode Schema)>> DescribedParametersAsync() =>
        from path in (await DescriptionAsync())["paths"]!.AsObject()
        from method in path.Value!.AsObject()
        from parameter in method.Value!["parameters"]?.AsArray() ?? []
        where (string?)parameter!["in"] is "query"
        select (path.Key, (string)parameter["name"]!, parameter["schema"]!);

    private async Task<JsonNode> DescriptionAsync() => JsonNode.Parse(await server.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!;

    private string Fill(string path) => path
        .Replace("{id}", id, StringComparison.Ordinal).Replace("{key}", Key, StringComparison.Ordinal).Replace("{documentName}", "v1", StringComparison.Ordinal)
        .Replace("{suite}", "fake", StringComparison.Ordinal).Replace("{checkpoint}", "model-0@0", StringComparison.Ordinal).Replace("{task}", "ioi", StringComparison.Ordinal);

    private async Task<JsonArray> ItemsAsync(string query) =>
        JsonNode.Parse(await server.Client.GetStringAsync(new Uri($"/api/v1/experiments/{id}/cells{query}", UriKind.Relative)))!["items"]!.AsArray();

    private async Task<(HttpStatusCode Status, string Detail)> RefusalAsync(string method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return response.IsSuccessStatusCode ? (response.StatusCode, "") : (response.StatusCode, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"] ?? "");
    }

    /// <summary>A body whose length nobody says beforehand.</summary>
    private sealed class ChunkedContent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync((byte[])[1]).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
