using Azure.Data.Tables;
using Azure.Storage.Blobs;
using CircuitGrid.Azure;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Grains.Hosting;
using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>Where a cluster keeps results, members, reminders and the state of grains.</summary>
internal abstract class SiloStorage
{
    /// <exception cref="InvalidInputException">Neither a file nor an account is named.</exception>
    public static SiloStorage Of(SiloSettings settings)
    {
        if (settings.Store is { } file)
        {
            return new OneMachine(file);
        }

        var account = Environment.GetEnvironmentVariable(SiloSettings.AzureVariable);
        return string.IsNullOrWhiteSpace(account)
            ? throw new InvalidInputException("--store", $"names no file, and {SiloSettings.AzureVariable} no storage account: one of them has to")
            : new AzureAccount(account, settings.Cluster);
    }

    /// <summary>How long the store may take to say that it is there.</summary>
    public virtual TimeSpan Deadline => StorageWatch.ServiceDeadline;

    /// <summary>Registers the store of results.</summary>
    public abstract void AddStore(IServiceCollection services);

    /// <summary>Registers what Orleans needs.</summary>
    public abstract void AddOrleans(ISiloBuilder silo);

    /// <summary>A file of results, and a file beside it for Orleans.</summary>
    private sealed class OneMachine(string file) : SiloStorage
    {
        public override TimeSpan Deadline => StorageWatch.FileDeadline;

        public override void AddStore(IServiceCollection services) => services.AddSingleton<ICellStore>(_ => SqliteCellStore.Open(file));

        public override void AddOrleans(ISiloBuilder silo) => silo.UseSqliteCluster(Path.ChangeExtension(file, ".cluster.sqlite"));
    }

    /// <summary>Blobs for results, tables for the rest; the connection string stays in here.</summary>
    private sealed class AzureAccount(string connection, string cluster) : SiloStorage
    {
        /// <summary>Names of containers and tables of the cluster: letters and digits, as Azure asks.</summary>
        private readonly string name = new([.. cluster.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit).Take(40)]);

        public override void AddStore(IServiceCollection services) => services.AddSingleton<ICellStore>(s => BlobCellStore.Open(
            new BlobServiceClient(connection, BlobCellStore.ClientOptions()),
            $"{name}-cells",
            new BlobCellStoreOptions(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<BlobCellStore>>()));

        public override void AddOrleans(ISiloBuilder silo)
        {
            var tables = new TableServiceClient(connection);
            silo.UseAzureStorageClustering(o =>
            {
                o.TableServiceClient = tables;
                o.TableName = $"{name}members";
            });
            silo.AddAzureTableGrainStorage(ClusterStorage.Name, o =>
            {
                o.TableServiceClient = tables;
                o.TableName = $"{name}state";
            });
            silo.UseAzureTableReminderService(o => o.Configure(r =>
            {
                r.TableServiceClient = tables;
                r.TableName = $"{name}reminders";
            }));
        }
    }
}
