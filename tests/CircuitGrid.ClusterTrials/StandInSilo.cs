using System.CommandLine;
using System.Net;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using CircuitGrid.Hub.Suites;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.ClusterTrials;

/// <summary>A silo of the grid whose cells take a given time and no processor.</summary>
internal static class StandInSilo
{
    public static Command Command()
    {
        var folder = new Option<string>("--folder") { Required = true };
        var port = new Option<int>("--port") { Required = true };
        var pause = new Option<int>("--pause") { Required = true };
        var hub = new Option<string?>("--hub");
        var command = new Command("stand-in", "A silo of a trial; trials start it themselves.") { folder, port, pause, hub };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(folder)!, parsed.GetValue(port), TimeSpan.FromMilliseconds(parsed.GetValue(pause)), parsed.GetValue(hub) is { } url ? new Uri(url) : null, cancellation));
        return command;
    }

    /// <summary>The file that a silo's computations are written to, line by line.</summary>
    public static string LogOf(string folder, int port) => Path.Combine(folder, $"computed-{port}.log");

    public static string StoreOf(string folder) => Path.Combine(folder, "cells.sqlite");

    public static string ClusterOf(string folder) => Path.Combine(folder, "cluster.sqlite");

    /// <summary>The hub of a trial, and the cache that its silos share.</summary>
    public static HubOptions HubOf(string folder, Uri hub) => new() { Endpoint = hub, CacheFolder = Path.Combine(folder, "cache") };

    private static async Task RunAsync(string folder, int port, TimeSpan pause, Uri? hub, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.Configure<HostOptions>(h => h.ShutdownTimeout = TimeSpan.FromMinutes(10));
        builder.Services.AddSingleton<ICellStore>(_ => SqliteCellStore.Open(StoreOf(folder)));
        using var files = hub is null ? null : new HubStore(HubOf(folder, hub));
        builder.Services.AddSingleton<IExperimentSource>(files is null ? new FakeSource() : new FileExperimentSource(new HubSuites(files)));
        builder.UseOrleans(silo =>
        {
            silo.ConfigureEndpoints(IPAddress.Loopback, port, port + 1000);
            silo.UseSqliteCluster(ClusterOf(folder));
            silo.AddCircuitGrid(new ClusterOptions
            {
                ReadExperiment = yaml => ExperimentSpec.Parse(yaml, "experiment", folder),
                Devices = [new("stand-in", hub is null ? new FakeAnalyzer { Pause = pause, Log = pause > TimeSpan.Zero ? LogOf(folder, port) : null } : new TimedAnalyzer(pause)) { Threads = 1 }],
            });
        });
        using var host = builder.Build();
        await host.RunAsync(cancellation);
    }
}
