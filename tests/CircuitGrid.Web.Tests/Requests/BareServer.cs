using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Api.Deadlines;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Web.Tests.Requests;

/// <summary>A real server over a host that is made up, with limits short enough for a test.</summary>
internal sealed class BareServer : IAsyncDisposable
{
    /// <summary>Far beyond every limit of the tests: what takes longer would never have ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static readonly DeadlineOptions ShortDeadlines = new()
    {
        Quick = TimeSpan.FromMilliseconds(1000),
        Start = TimeSpan.FromMilliseconds(1100),
        Long = TimeSpan.FromMilliseconds(1200),
        OutageLook = TimeSpan.FromMilliseconds(50),
    };

    private readonly WebApplication app;
    private readonly string folder;
    private readonly List<string> log;

    private BareServer(WebApplication app, string folder, List<string> log)
    {
        (this.app, this.folder, this.log) = (app, folder, log);
        Address = new Uri(app.Urls.Single());
        Client = new HttpClient { BaseAddress = Address, Timeout = Patience };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IEnumerable<RouteEndpoint> Endpoints => app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    public Draining Draining => app.Services.GetRequiredService<Draining>();

    /// <summary>Lines of the server's log.</summary>
    public IReadOnlyList<string> Log
    {
        get
        {
            lock (log)
            {
                return [.. log];
            }
        }
    }

    /// <param name="host">What carries out experiments.</param>
    /// <param name="options">Where it listens, and the limits of connections.</param>
    /// <param name="configure">Changes the API's settings.</param>
    /// <param name="store">The store that health looks at.</param>
    /// <param name="watch">What is known of storage.</param>
    public static async Task<BareServer> StartAsync(
        IExperimentHost host, ServerOptions? options = null, Action<CircuitGridApiOptions>? configure = null, ICellStore? store = null, IStorageWatch? watch = null)
    {
        var folder = Directory.CreateTempSubdirectory("circuitgrid-bare-").FullName;
        var log = new List<string>();
        var app = GridServer.Create(options ?? new ServerOptions(), services =>
        {
            services.AddSingleton(host);
            if (store is not null)
            {
                services.AddSingleton(store);
            }

            if (watch is not null)
            {
                services.AddSingleton(watch);
            }

            services.AddCircuitGridApi(api =>
            {
                api.SuitesRoot = folder;
                api.Deadlines = ShortDeadlines;
                configure?.Invoke(api);
            });
        }, Note);
        await app.StartAsync();
        return new(app, folder, log);

        void Note(string line)
        {
            lock (log)
            {
                log.Add(line);
            }
        }
    }

    /// <summary>Waits for something that happens in the end.</summary>
    public static async Task UntilAsync(Func<bool> happened, string what)
    {
        for (var until = DateTime.UtcNow + Patience; !happened();)
        {
            Assert.True(DateTime.UtcNow < until, what);
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
