using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using CircuitGrid.Grains.Tests.Cluster;

namespace CircuitGrid.Silo.Tests;

/// <summary>What a silo answers beside the API of every server, and that it passes over nothing that a request says.</summary>
public sealed class GraphEndpointTests : IDisposable
{
    private const string Yaml = """
        suite: nano
        models: [nano-2l]
        checkpoints: [3000]
        tasks:
          - {name: sva, count: 12}
          - {name: gendered-pronoun, count: 12}
        """;

    private readonly RunningSilos silos = new();
    private readonly HttpClient http = new();

    public void Dispose()
    {
        http.Dispose();
        silos.Dispose();
    }

    [Fact]
    public async Task Silo_ReadsTheParametersItDescribes_AndRefusesOthersEverywhere()
    {
        var silo = silos.Start();
        await silos.ActiveAsync(silo, 1);
        http.BaseAddress = silo.Address;
        var id = (await silos.RunAsync(silo, Yaml)).GetProperty("id").GetString()!;
        var cells = (await silos.GetAsync(silo, $"/api/v1/experiments/{id}/cells")).GetProperty("items").EnumerateArray().Select(c => c.GetProperty("key").GetString()!).ToList();
        var result = $"/api/v1/results/{cells[0]}";

        Assert.InRange((await http.GetFromJsonAsync<JsonElement>(new Uri($"{result}/paths", UriKind.Relative))).GetArrayLength(), 2, 10);
        Assert.Equal(1, (await http.GetFromJsonAsync<JsonElement>(new Uri($"{result}/paths?count=1", UriKind.Relative))).GetArrayLength());
        foreach (var (format, type) in new[] { ("", "application/graphml+xml"), ("?format=graphml", "application/graphml+xml"), ("?format=dot", "text/vnd.graphviz") })
        {
            using var graph = await http.GetAsync(new Uri($"{result}/difference/{cells[1]}{format}", UriKind.Relative));
            Assert.Equal((HttpStatusCode.OK, type), (graph.StatusCode, graph.Content.Headers.ContentType?.MediaType));
        }

        foreach (var (path, detail) in new[]
        {
            ("paths?count=0", "The query's 'count' can't be '0'; it must be a whole number from 1 to 1000."),
            ("paths?count=ten", "The query's 'count' can't be 'ten'; it must be a whole number from 1 to 1000."),
            ("paths?cuont=3", "The query has no parameter 'cuont'; did you mean 'count'? Known are count."),
            ("paths?count=1&count=2", "The query has 'count' twice; it can be given once."),
            ($"difference/{cells[1]}?format=DOT", "The query's 'format' can't be 'DOT'; did you mean 'dot'? Known are graphml, dot."),
            ("dot?format=graphml", "The query has a parameter 'format'; this address takes none."),
        })
        {
            Assert.Equal(detail, await RefusalAsync("GET", $"{result}/{path}"));
        }

        var description = JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!["paths"]!.AsObject();
        Assert.Equal(["count", "format"], QueryNames(description.Where(p => p.Key.Contains("/paths", StringComparison.Ordinal) || p.Key.Contains("/difference/", StringComparison.Ordinal))).Order(StringComparer.Ordinal));
        foreach (var (path, methods) in description)
        {
            foreach (var (method, _) in methods!.AsObject())
            {
                var filled = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{key}", cells[0], StringComparison.Ordinal).Replace("{other}", cells[1], StringComparison.Ordinal);
                Assert.Contains("'nobodys'", await RefusalAsync(method.ToUpperInvariant(), $"{filled.Replace('{', '-').Replace('}', '-')}?nobodys=1"), StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A silo whose suites are links into a folder that it may follow them to.</summary>
    [Fact]
    public async Task Silo_FollowsLinksOutOfItsSuites_WhereItMay()
    {
        var suites = Directory.CreateTempSubdirectory("circuitgrid-links-");
        try
        {
            Directory.CreateSymbolicLink(Path.Combine(suites.FullName, "nano"), Path.Combine(NanoExperiment.Suites, "nano"));
            var generous = silos.StartIn(suites.FullName, "--links-into", NanoExperiment.Suites);
            await silos.ActiveAsync(generous, 1);
            http.BaseAddress = generous.Address;
            Assert.Equal("completed", (await silos.RunAsync(generous, Yaml)).GetProperty("phase").GetString());
        }
        finally
        {
            suites.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Silo_RefusesLinksOutOfItsSuites()
    {
        var suites = Directory.CreateTempSubdirectory("circuitgrid-links-");
        try
        {
            Directory.CreateDirectory(Path.Combine(suites.FullName, "nano"));
            foreach (var entry in Directory.EnumerateFileSystemEntries(Path.Combine(NanoExperiment.Suites, "nano")))
            {
                Directory.CreateSymbolicLink(Path.Combine(suites.FullName, "nano", Path.GetFileName(entry)), entry);
            }

            var silo = silos.StartIn(suites.FullName);
            await silos.ActiveAsync(silo, 1);
            http.BaseAddress = silo.Address;
            using var body = new StringContent(Yaml, System.Text.Encoding.UTF8, "application/yaml");
            Assert.Equal(
                "nano/suite.json: leads out of the server's folder of suites through a link; whoever runs the server can allow that with --links-into FOLDER",
                await RefusalAsync("POST", "/api/v1/experiments", body));
        }
        finally
        {
            suites.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> QueryNames(IEnumerable<KeyValuePair<string, JsonNode?>> paths) =>
        from path in paths
        from method in path.Value!.AsObject()
        from parameter in method.Value!["parameters"]!.AsArray()
        where (string?)parameter!["in"] is "query"
        select (string)parameter["name"]!;

    private async Task<string> RefusalAsync(string method, string path, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body };
        using var response = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["detail"]!;
    }
}
