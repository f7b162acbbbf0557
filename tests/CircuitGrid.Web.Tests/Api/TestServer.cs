using System.Net.Http.Headers;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Web.Tests.Api;

/// <summary>A real server on a free port of loopback, over a store in the suite's folder.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly SqliteCellStore store;
    private readonly WebApplication app;

    private TestServer(SqliteCellStore store, LocalGrid grid, LocalExperimentHost host, WebApplication app)
    {
        this.store = store;
        Grid = grid;
        Host = host;
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromMinutes(2) };
    }

    public LocalGrid Grid { get; }

    public LocalExperimentHost Host { get; }

    public HttpClient Client { get; }

    /// <summary>Everything the server answers, described or not.</summary>
    public IEnumerable<RouteEndpoint> Endpoints => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    /// <param name="suite">A suite of real checkpoints.</param>
    /// <param name="token">What clients have to show.</param>
    /// <param name="healthStore">The store that <c>/health</c> looks at.</param>
    /// <param name="linksInto">Where links may lead beside the suites.</param>
    public static Task<TestServer> StartAsync(TinySuite suite, AccessToken? token = null, ICellStore? healthStore = null, params string[] linksInto)
    {
        var store = SqliteCellStore.Open(Path.Combine(suite.Root, "results.db"));
        var options = new LocalGridOptions { Threads = 1, Settled = TimeSpan.FromMilliseconds(50), WatchInterval = TimeSpan.FromMilliseconds(50) };
        return StartAsync(store, new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource(), options), new(suite.Suites, linksInto), token, healthStore);
    }

    /// <param name="suite">A suite of real checkpoints.</param>
    /// <param name="token">What clients have to show.</param>
    /// <param name="time">The server's clock.</param>
    public static Task<TestServer> StartAsync(TinySuite suite, AccessToken token, TimeProvider time)
    {
        var store = SqliteCellStore.Open(Path.Combine(suite.Root, "results.db"));
        return StartAsync(store, new LocalGrid(store, store, CellAnalyzer.OnCpu(), new FileExperimentSource()), new(suite.Suites), token, healthStore: null, time);
    }

    /// <param name="suite">A suite of checkpoints that take no time.</param>
    public static Task<TestServer> StartAsync(FakeSuite suite)
    {
        var store = SqliteCellStore.Open(suite.StorePath);
        return StartAsync(store, new LocalGrid(store, store, new FakeAnalyzer(), new FakeSource()), new(suite.Root), token: null, healthStore: null);
    }

    private static async Task<TestServer> StartAsync(SqliteCellStore store, LocalGrid grid, ExperimentTexts texts, AccessToken? token, ICellStore? healthStore, TimeProvider? time = null)
    {
        var host = new LocalExperimentHost(grid, texts);
        var app = GridServer.Create(new ServerOptions { Token = token }, services =>
        {
            services.AddSingleton(texts);
            services.AddSingleton<IExperimentHost>(host);
            services.AddSingleton(healthStore ?? store);
            services.AddCircuitGridApi(api => api.Time = time ?? api.Time);
        });
        await app.StartAsync();
        return new(store, grid, host, app);
    }

    /// <summary>Sends an experiment as YAML.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, string yaml)
    {
        var content = new StringContent(yaml);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/yaml");
        return Client.PostAsync(new Uri(path, UriKind.Relative), content);
    }

    /// <summary>Reads the events of an experiment until it ends.</summary>
    /// <param name="id">The experiment.</param>
    /// <param name="last">The last id heard.</param>
    public async Task<List<(string Id, string Data)>> FollowAsync(string id, string? last = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/experiments/{id}/events");
        if (last is not null)
        {
            request.Headers.Add("Last-Event-ID", last);
        }

        using var response = await Client.SendAsync(request);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        return
        [
            .. (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(e => e.Split('\n'))
                .Where(lines => lines is [['i', 'd', ..], ..])
                .Select(lines => (lines[0]["id: ".Length..], lines[1]["data: ".Length..])),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await Host.DisposeAsync();
        await app.DisposeAsync();
        await Grid.DisposeAsync();
        store.Dispose();
    }
}
