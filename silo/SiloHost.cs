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
using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ClusterMembershipOptions = Orleans.Configuration.ClusterMembershipOptions;

namespace CircuitGrid.Silo;

/// <summary>Puts a silo together: Orleans, the grid's grains, storage, and the HTTP API with the page.</summary>
internal static class SiloHost
{
    /// <summary>A silo that is told to stop lets the cells under way come to their end for as long.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often a silo says that it is alive in the table of members; one that was silent for three times as long keeps nobody from joining. So
    /// a cluster whose silos have all died can be started again after half a minute.
    /// </summary>
    private static readonly TimeSpan AliveInterval = TimeSpan.FromSeconds(10);

    /// <param name="settings">What the silo was told.</param>
    /// <param name="devices">The devices it can choose from.</param>
    /// <exception cref="Compute.InvalidInputException">The settings can't be used, or would leave the silo open to anybody.</exception>
    public static WebApplication Create(SiloSettings settings, IDeviceProvider devices)
    {
        settings.Validate();
        var storage = SiloStorage.Of(settings);
        var texts = new ExperimentTexts(settings.Suites, settings.LinksInto);
        var hub = HubOptions.FromEnvironment(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        var options = new Grains.Hosting.ClusterOptions { ReadExperiment = texts.Parse, Devices = SiloDevices.Open(settings, devices), Fetching = settings.Fetching };
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "circuitgrid-silo", EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;

            // colours are codes to the terminal, which Program lets nobody send
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("CircuitGrid", LogLevel.Information);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IHostLifetime, ConsoleLifetime>();
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
        builder.Services.AddHealthChecks().AddCheck<SiloHealth>("silo");
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
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
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.IAmAliveTablePublishTimeout = AliveInterval;
                membership.NumMissedTableIAmAliveLimit = 3;
            });
            silo.ConfigureEndpoints(settings.Address, settings.SiloPort, settings.GatewayPort, listenOnAnyHostAddress: false);
            settings.Certificate?.Secure(silo);
            storage.AddOrleans(silo);
            silo.AddCircuitGrid(options);
        });
        var app = builder.Build();
        notices.To(app.Services.GetRequiredService<ILogger<HubNotices>>());
        app.UseCircuitGridServer(settings.Server).UseEndpoints(endpoints => endpoints.MapCircuitGrid(GraphEndpoints.Map));
        return app;
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
}
