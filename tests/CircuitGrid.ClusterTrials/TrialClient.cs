using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Experiments.Tests.Fakes;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace CircuitGrid.ClusterTrials;

/// <summary>A client of a cluster of stand-in silos.</summary>
internal sealed class TrialClient : IAsyncDisposable
{
    private readonly IHost host;
    private readonly SqliteCellStore store;

    private TrialClient(IHost host, SqliteCellStore store, IExperimentHost experiments)
    {
        this.host = host;
        this.store = store;
        Experiments = experiments;
    }

    public IExperimentHost Experiments { get; }

    public ICellStore Store => store;

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public static async Task<TrialClient> ConnectAsync(string folder, CancellationToken cancellation, IExperimentSource? source = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.UseOrleansClient(client => client.UseSqliteClustering(StandInSilo.ClusterOf(folder)).UseConnectionRetryFilter(async (_, retry) =>
        {
            await Task.Delay(200, retry);
            return true;
        }));
        var host = builder.Build();
        await host.StartAsync(cancellation);
        var store = SqliteCellStore.Open(StandInSilo.StoreOf(folder));
        var options = Options.Create(new ClusterOptions { ReadExperiment = yaml => ExperimentSpec.Parse(yaml, "experiment", folder) });
        source ??= new FakeSource();
        var readers = new GridReaders(store, new FakeAnalyzer(), source, new());
        return new(host, store, new ClusterExperimentHost(host.Services.GetRequiredService<IGrainFactory>(), options, readers, source, TimeProvider.System));
    }

    /// <summary>Silos that take work.</summary>
    public async Task<int> ActiveSilosAsync() =>
        (await Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Count;

    /// <summary>Waits for an experiment to end.</summary>
    public async Task<HostedExperiment> EndOfAsync(string id, CancellationToken cancellation)
    {
        while (true)
        {
            if (await Experiments.FindAsync(id, cancellation) is { Phase: not HostedPhase.Running } ended)
            {
                return ended;
            }

            await Task.Delay(100, cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        store.Dispose();
    }
}
