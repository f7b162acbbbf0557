using System.Collections.Concurrent;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.TestingHost;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A cluster in this process, over one store file that every silo opens for itself.</summary>
internal sealed class GridCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster cluster;
    private readonly List<SqliteCellStore> stores = [];
    private readonly Lock gate = new();

    /// <param name="suites">Folder that the suites of experiments are in.</param>
    /// <param name="silos">Silos to begin with.</param>
    /// <param name="analyzer">Makes what a silo computes with.</param>
    /// <param name="source">What builds examples.</param>
    /// <param name="configure">Changes settings.</param>
    /// <param name="storage">Brings grain storage, in the place of the usual one.</param>
    /// <param name="more">Adds to a silo.</param>
    public GridCluster(
        string suites,
        short silos,
        Func<ICellAnalyzer> analyzer,
        Func<IExperimentSource> source,
        Action<ClusterOptions>? configure = null,
        Action<ISiloBuilder>? storage = null,
        Action<ISiloBuilder>? more = null)
    {
        Folder = Directory.CreateTempSubdirectory("circuitgrid-cluster-").FullName;
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            var made = Noted(analyzer());
            var options = new ClusterOptions
            {
                ReadExperiment = yaml => ExperimentSpec.Parse(yaml, "experiment", suites),
                Devices = [new("cpu", made) { Threads = 1 }],
                LookInterval = TimeSpan.FromMilliseconds(200),
                WatchInterval = TimeSpan.FromMilliseconds(100),
                Settled = TimeSpan.FromMilliseconds(300),
            };
            configure?.Invoke(options);
            silo.AddCircuitGrid(options);
            if (storage is null)
            {
                silo.AddSqliteGrainStorage(ClusterStorage.Name, ClusterPath);
            }
            else
            {
                storage(silo);
            }

            silo.UseSqliteReminders(ClusterPath);
            more?.Invoke(silo);
            silo.ConfigureServices(services =>
            {
                services.AddSingleton<ICellStore>(_ => OpenStore());
                services.AddSingleton(made);
                services.AddSingleton(_ => source());
                services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(60));
            });
        });
        cluster = builder.Build();
    }

    public string Folder { get; }

    public string StorePath => Path.Combine(Folder, "grid.sqlite");

    /// <summary>Where state and reminders are, and stay when a silo goes: Orleans' own in-memory ones go with the silo that they are on.</summary>
    private string ClusterPath => Path.Combine(Folder, "cluster.sqlite");

    public InProcessTestCluster Silos => cluster;

    /// <summary>What the silos compute with, those included that have stopped.</summary>
    public ConcurrentQueue<ICellAnalyzer> Analyzers { get; } = new();

    public IGrainFactory Grains => cluster.Client;

    /// <summary>The experiments, as a silo's host sees them.</summary>
    public IExperimentHost Host => HostOf(cluster.Silos[0].SiloAddress);

    /// <summary>The experiments, as one silo's host sees them.</summary>
    public IExperimentHost HostOf(SiloAddress silo) => cluster.GetSiloServiceProvider(silo).GetRequiredService<IExperimentHost>();

    /// <summary>The silo whose suites are in a folder.</summary>
    public SiloAddress SiloOf(string root) => cluster.Silos.Select(s => s.SiloAddress).Single(s => string.Equals(
        cluster.GetSiloServiceProvider(s).GetRequiredService<IOptions<ClusterOptions>>().Value.ReadExperiment(FakeExperiment.Yaml).Root, root, StringComparison.Ordinal));

    public Task StartAsync() => cluster.DeployAsync();

    /// <summary>Waits for an experiment to end.</summary>
    public async Task<HostedExperiment> EndOfAsync(string id)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (true)
        {
            var now = await Host.FindAsync(id, patience.Token);
            if (now is not { Phase: HostedPhase.Running })
            {
                return now!;
            }

            await Task.Delay(50, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        stores.ForEach(s => s.Dispose());
        Directory.Delete(Folder, recursive: true);
    }

    private ICellAnalyzer Noted(ICellAnalyzer analyzer)
    {
        Analyzers.Enqueue(analyzer);
        return analyzer;
    }

    private SqliteCellStore OpenStore()
    {
        lock (gate)
        {
            var store = SqliteCellStore.Open(StorePath);
            stores.Add(store);
            return store;
        }
    }
}
