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
            : AzureAccount.Of(account, settings.Cluster);
    }

    /// <summary>Asks the storage for something small, to see whether it is there.</summary>
    public abstract Task AskAsync(CancellationToken cancellation);

    /// <summary>How long the store may take to say that it is there.</summary>
    public virtual TimeSpan Deadline => StorageWatch.ServiceDeadline;

    /// <summary>Registers the store of results.</summary>
    public abstract void AddStore(IServiceCollection services);

    /// <summary>Registers what Orleans needs.</summary>
    public abstract void AddOrleans(ISiloBuilder silo);

    /// <summary>A file of results, and a file beside it for Orleans.</summary>
    private sealed class OneMachine(string file) : SiloStorage
    {
        /// <summary>A file is opened at the start, and says at once what is wrong with it.</summary>
        public override Task AskAsync(CancellationToken cancellation) => Task.CompletedTask;

        public override TimeSpan Deadline => StorageWatch.FileDeadline;

        public override void AddStore(IServiceCollection services) => services.AddSingleton<ICellStore>(_ => SqliteCellStore.Open(file));

        public override void AddOrleans(ISiloBuilder silo) => silo.UseSqliteCluster(Path.ChangeExtension(file, ".cluster.sqlite"));
    }

    /// <summary>Blobs for results, tables for the rest; the connection string stays in here.</summary>
    private sealed class AzureAccount : SiloStorage
    {
        private readonly string connection;

        /// <summary>Names of containers and tables of the cluster: letters and digits, as Azure asks.</summary>
        private readonly string name;
        private readonly TableServiceClient tables;

        private AzureAccount(string connection, string cluster, TableServiceClient tables)
        {
            this.connection = connection;
            this.tables = tables;
            name = new([.. cluster.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit).Take(40)]);
        }

        /// <exception cref="InvalidInputException">The text is no connection string. Nothing of it is shown, nor kept in the exception: it is a secret.</exception>
        public static AzureAccount Of(string connection, string cluster)
        {
            try
            {
                _ = new BlobServiceClient(connection);
                return new(connection, cluster, new TableServiceClient(connection));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or UriFormatException or IndexOutOfRangeException or NullReferenceException)
            {
                throw new InvalidInputException(
                    SiloSettings.AzureVariable,
                    "holds no connection string of a storage account; it looks like DefaultEndpointsProtocol=https;AccountName=NAME;AccountKey=KEY;EndpointSuffix=core.windows.net");
            }
        }

        public override async Task AskAsync(CancellationToken cancellation)
        {
            await foreach (var _ in tables.QueryAsync(filter: (string?)null, maxPerPage: 1, cancellation).AsPages().WithCancellation(cancellation))
            {
                return;
            }
        }

        public override void AddStore(IServiceCollection services) => services.AddSingleton<ICellStore>(s => BlobCellStore.Open(
            new BlobServiceClient(connection, BlobCellStore.ClientOptions()),
            $"{name}-cells",
            new BlobCellStoreOptions(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<ILogger<BlobCellStore>>()));

        public override void AddOrleans(ISiloBuilder silo)
        {
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
