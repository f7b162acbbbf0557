using System.Net;
using CircuitGrid.Compute.Devices;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Hub;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Suites;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Api.Health;
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SiloConnectionOptions = Orleans.Configuration.SiloConnectionOptions;

namespace CircuitGrid.Silo;

/// <summary>Puts a silo together: Orleans, the grid's grains, storage, and the HTTP API with the page.</summary>
internal static class SiloHost
{
    /// <summary>How long requests under way may take to end once the silo has drained, and how long it may take to leave its cluster.</summary>
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(30);

    /// <summary>Threads for what isn't computing, beside those that compute: however busy they are, a probe's answer waits for none.</summary>
    private const int SpareThreads = 16;

    /// <param name="settings">What the silo was told.</param>
    /// <param name="devices">The devices it can choose from.</param>
    /// <exception cref="Compute.InvalidInputException">The settings can't be used, or would leave the silo open to anybody.</exception>
    public static WebApplication Create(SiloSettings settings, IDeviceProvider devices)
    {
        var storage = SiloStorage.Of(settings);
        var texts = new ExperimentTexts(settings.Suites, settings.LinksInto);
        var hub = HubOptions.FromEnvironment(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        var options = new Grains.Hosting.ClusterOptions { ReadExperiment = texts.Parse, Devices = SiloDevices.Open(settings, devices), Fetching = settings.Fetching };
        RaiseThreads(options.Devices);
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "circuitgrid-silo", EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddConsole(console => console.FormatterName = SiloLogFormatter.FormatterName).AddConsoleFormatter<SiloLogFormatter, ConsoleFormatterOptions>();
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("CircuitGrid", LogLevel.Information)

            // what these have to say, the silo says itself: its start's end, who comes and goes, which connections fail, and that it was declared dead
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None)
            .AddFilter("Orleans.Connections.Security", LogLevel.None)
            .AddFilter("Orleans.Runtime.Messaging", LogLevel.None)
            .AddFilter("Orleans.Runtime.MembershipService", LogLevel.None)

            // two notes on garbage collection at every start: a server's collector takes memory that weights need, and pauses no less
            .AddFilter("Orleans.Runtime.Silo", LogLevel.Error)

            // a process that was stopped, or a busy machine: no deadlock, and each timer would say so for itself
            .AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error)
            .AddFilter("Orleans.Runtime.AsyncTimer", LogLevel.Error)

            // calls that a dead silo leaves unanswered: whoever called tries again, and says where it can't
            .AddFilter("Orleans.Runtime.CallbackData", LogLevel.Error)
            .AddFilter("Orleans.Runtime.GrainCallCancellationManager", LogLevel.None);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddSingleton<SiloJoining>();
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<SiloHandshakes>();
        builder.Services.AddSingleton<IFatalErrorHandler, FatalLine>();
        builder.Services.AddSingleton(texts);
        var notices = new HubNotices();
        builder.Services.AddHubStore(hub, notices: notices.Say);
        builder.Services.AddSingleton<IHub, HubSuites>();
        builder.Services.AddSingleton<IExperimentSource, FileExperimentSource>();
        builder.Services.AddCircuitGridServer(settings.Server);
        builder.Services.AddCircuitGridApi(api =>
        {
            api.Program = options.Program;
            api.Device = string.Join("; ", options.Devices.Select(d => d.Analyzer.Device));
        });
        builder.Services.AddHealthChecks().AddCheck<SiloHealth>("silo", tags: [HealthTags.Ready]);
        builder.Services.Configure<HostOptions>(host =>
        {
            host.ShutdownTimeout = StopTime;

            // HTTP answers while the silo joins, and is the first to end when it has drained
            host.ServicesStartConcurrently = true;
        });
        storage.AddStore(builder.Services);
        SiloStorageWatch.AddTo(builder.Services, storage.Deadline);
        AddTelemetry(builder.Services, settings);
        builder.UseOrleans(silo =>
        {
            silo.Configure<Orleans.Configuration.ClusterOptions>(cluster =>
            {
                cluster.ClusterId = settings.Cluster;
                cluster.ServiceId = settings.Cluster;
            });
            silo.ConfigureEndpoints(settings.Address, settings.SiloPort, settings.GatewayPort, listenOnAnyHostAddress: false);
            silo.Services.AddOptions<SiloConnectionOptions>().Configure<SiloHandshakes>((connections, handshakes) => handshakes.Watch(connections));
            settings.Certificate?.Secure(silo);
            silo.Configure<SiloConnectionOptions>(SiloHandshakes.Hear);
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, DeadNeighbours>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(s => new StorageAwaited(storage, s.GetRequiredService<ILogger<StorageAwaited>>()));
            storage.AddOrleans(silo);
            silo.AddCircuitGrid(options);
        });
        var app = builder.Build();
        notices.To(app.Services.GetRequiredService<ILogger<HubNotices>>());
        var joining = app.Services.GetRequiredService<SiloJoining>();
        app.Use((context, next) => joining.HasJoined || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) ? next(context) : NotYetAsync(context));
        app.UseCircuitGridServer(settings.Server).UseEndpoints(endpoints => endpoints.MapCircuitGrid(GraphEndpoints.Map));
        return app;
    }

    /// <summary>
    /// A job keeps a thread of the pool as long as a cell takes, and the pool adds threads a few a second: without enough from the start, what other silos ask would wait
    /// for them.
    /// </summary>
    private static void RaiseThreads(IReadOnlyList<SiloDevice> devices)
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, devices.Sum(d => d.Slots * (d.Threads + 1)) + SpareThreads), ports);
    }

    /// <summary>The grid has no grains to ask yet.</summary>
    private static Task NotYetAsync(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Results.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, detail: "The silo is joining its cluster.").ExecuteAsync(context);
    }

    private static void AddTelemetry(IServiceCollection services, SiloSettings settings)
    {
        if (settings.Telemetry is not { } endpoint)
        {
            return;
        }

        services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService("circuitgrid-silo", serviceInstanceId: $"{Dns.GetHostName()}:{settings.SiloPort}"))
            .WithMetrics(m => m.AddMeter(GridMeter.Name, "Microsoft.Orleans").AddOtlpExporter(o => o.Endpoint = endpoint))
            .WithTracing(t => t.AddSource(GridMeter.Name, "Microsoft.Orleans.Application").AddOtlpExporter(o => o.Endpoint = endpoint));
    }

    /// <summary>Leaves signals to the program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
