using System.Collections.Concurrent;
using System.Text;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Experiments;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Tests.Cluster;
using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Suites;
using CircuitGrid.HubStandIn;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Suites;
using CircuitGrid.Models.Hub;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace CircuitGrid.Grains.Tests.OnHub;

/// <summary>A cluster whose silos fetch from a stand-in for the hub into one cache, as those of one machine do.</summary>
internal sealed class HubCluster : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-hub-").FullName;
    private readonly List<HubStore> stores = [];
    private readonly ConcurrentQueue<byte[]> messages = new();
    private readonly Lock gate = new();

    private HubCluster(HubStandInServer server) => Server = server;

    public HubStandInServer Server { get; }

    public NanoHub Nano { get; } = NanoHub.OfWorkingTree();

    public GridCluster Grid { get; private set; } = null!;

    public string Cache => Path.Combine(folder, "cache");

    /// <summary>What grains have sent each other and been answered, as it goes over the wire.</summary>
    public IReadOnlyCollection<byte[]> Messages => messages;

    public IEnumerable<CountingAnalyzer> Analyzers => Grid.Analyzers.Cast<CountingAnalyzer>();

    /// <summary>Starts a stand-in, and silos that are told of it.</summary>
    public static async Task<HubCluster> StartAsync(short silos, Action<HubCluster> fill, Action<ClusterOptions>? configure = null, Func<HubCluster, CountingAnalyzer>? analyzer = null)
    {
        var made = new HubCluster(await HubStandInServer.StartAsync());
        fill(made);
        made.Grid = new(made.folder, silos, () => analyzer?.Invoke(made) ?? new CountingAnalyzer(), made.Source, configure, more: made.AddTo);
        await made.Grid.StartAsync();
        return made;
    }

    /// <summary>The cache's folder of a repository.</summary>
    public HubRepositoryFolder FolderOf(string model) => new(Cache, $"{NanoHub.Organization}/{model}");

    /// <summary>Downloads of whole weight files, without their headers.</summary>
    public IReadOnlyList<LoggedRequest> Downloads => [.. Server.Requests.Of(RequestKind.Large).Where(r => r.Range is null)];

    /// <summary>Everything that happened in an experiment and is remembered.</summary>
    public async Task<EventView[]> EventsAsync(string id) => (await Grid.Grains.GetGrain<IExperimentGrain>(id).EventsAsync(0, 10_000)).Events;

    /// <summary>Runs an experiment to its end.</summary>
    public async Task<HostedExperiment> RunAsync(string yaml) => await Grid.EndOfAsync((await Grid.Host.StartAsync(yaml, watch: false)).Id);

    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!await isSo())
        {
            await Task.Delay(50, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Grid.DisposeAsync();
        await Server.DisposeAsync();
        stores.ForEach(s => s.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    private FileExperimentSource Source()
    {
        lock (gate)
        {
            var store = new HubStore(new()
            {
                Endpoint = Server.Endpoint,
                CacheFolder = Cache,
                FirstPause = TimeSpan.FromMilliseconds(10),
                LongestPause = TimeSpan.FromMilliseconds(50),
            });
            stores.Add(store);
            return new(new HubSuites(store));
        }
    }

    private void AddTo(ISiloBuilder silo) => silo.AddIncomingGrainCallFilter(async call =>
    {
        await call.Invoke();
        if (call.InterfaceMethod.DeclaringType?.Assembly == typeof(IExperimentGrain).Assembly)
        {
            var serializer = call.TargetContext.ActivationServices.GetRequiredService<Serializer>();
            messages.Enqueue(serializer.SerializeToArray<object?>(call.Result));
            for (var i = 0; i < call.Request.GetArgumentCount(); i++)
            {
                messages.Enqueue(serializer.SerializeToArray(call.Request.GetArgument(i)));
            }
        }
    });

    /// <summary>Whether some message holds a text.</summary>
    public bool IsSent(string text) => messages.Any(m => m.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
}
