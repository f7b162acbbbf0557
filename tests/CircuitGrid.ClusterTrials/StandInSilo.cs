using System.CommandLine;
using System.Net;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
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
        var command = new Command("stand-in", "A silo of a trial; trials start it themselves.") { folder, port, pause };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(folder)!, parsed.GetValue(port), TimeSpan.FromMilliseconds(parsed.GetValue(pause)), cancellation));
        return command;
    }

    /// <summary>The file that a silo's computations are written to, line by line.</summary>
    public static string LogOf(string folder, int port) => Path.Combine(folder, $"computed-{port}.log");

    public static string StoreOf(string folder) => Path.Combine(folder, "cells.sqlite");

    public static string ClusterOf(string folder) => Path.Combine(folder, "cluster.sqlite");

    private static async Task RunAsync(string folder, int port, TimeSpan pause, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<ICellStore>(_ => SqliteCellStore.Open(StoreOf(folder)));
        builder.Services.AddSingleton<IExperimentSource>(new FakeSource());
        builder.UseOrleans(silo =>
        {
            silo.ConfigureEndpoints(IPAddress.Loopback, port, port + 1000);
            silo.UseSqliteCluster(ClusterOf(folder));
            silo.AddCircuitGrid(new ClusterOptions
            {
                ReadExperiment = yaml => ExperimentSpec.Parse(yaml, "experiment", folder),
                Devices = [new("stand-in", new FakeAnalyzer { Pause = pause, Log = pause > TimeSpan.Zero ? LogOf(folder, port) : null }) { Threads = 1 }],
            });
        });
        using var host = builder.Build();
        await host.RunAsync(cancellation);
    }
}
