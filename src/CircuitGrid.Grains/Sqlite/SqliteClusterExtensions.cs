using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Messaging;
using Orleans.Runtime.Hosting;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>Makes silos and clients of one machine a cluster that needs neither cloud nor emulator: they meet in a SQLite file.</summary>
public static class SqliteClusterExtensions
{
    /// <summary>Members, reminders and the state of the grid's grains, all in one file.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="path">The file, on a local disk; its folder is made if need be.</param>
    public static ISiloBuilder UseSqliteCluster(this ISiloBuilder silo, string path) =>
        silo.UseSqliteClustering(path).UseSqliteReminders(path).AddSqliteGrainStorage(ClusterStorage.Name, path);

    /// <summary>Finds the other silos through a file.</summary>
    public static ISiloBuilder UseSqliteClustering(this ISiloBuilder silo, string path) => silo.ConfigureServices(services =>
    {
        services.TryAddSingleton<ClusterFiles>();
        services.Configure<SqliteClusteringOptions>(o => o.Path = path);
        services.AddSingleton<IMembershipTable, SqliteMembershipTable>();
    });

    /// <summary>Finds the silos through a file.</summary>
    public static IClientBuilder UseSqliteClustering(this IClientBuilder client, string path) => client.ConfigureServices(services =>
    {
        services.TryAddSingleton<ClusterFiles>();
        services.Configure<SqliteClusteringOptions>(o => o.Path = path);
        services.AddSingleton<IGatewayListProvider, SqliteGatewayListProvider>();
    });

    /// <summary>Keeps reminders in a file.</summary>
    public static ISiloBuilder UseSqliteReminders(this ISiloBuilder silo, string path) => silo.AddReminders().ConfigureServices(services =>
    {
        services.TryAddSingleton<ClusterFiles>();
        services.Configure<SqliteReminderOptions>(o => o.Path = path);
        services.AddSingleton<IReminderTable, SqliteReminderTable>();
    });

    /// <summary>Keeps the state of grains in a file.</summary>
    /// <param name="silo">The silo.</param>
    /// <param name="name">The name under which grains ask for the storage.</param>
    /// <param name="path">The file.</param>
    public static ISiloBuilder AddSqliteGrainStorage(this ISiloBuilder silo, string name, string path) => silo.ConfigureServices(services =>
    {
        services.TryAddSingleton<ClusterFiles>();
        services.AddOptions<SqliteGrainStorageOptions>(name).Configure(o => o.Path = path);
        services.AddTransient<IPostConfigureOptions<SqliteGrainStorageOptions>, DefaultStorageProviderSerializerOptionsConfigurator<SqliteGrainStorageOptions>>();
        services.AddGrainStorage(name, Create);
    });

    private static SqliteGrainStorage Create(IServiceProvider services, string name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<SqliteGrainStorageOptions>>().Get(name);
        var files = services.GetRequiredService<ClusterFiles>();
        return new(
            name,
            services.GetRequiredService<IOptions<Orleans.Configuration.ClusterOptions>>().Value.ServiceId,
            () => files.Open(options.Path),
            options.GrainStorageSerializer,
            services.GetRequiredService<IActivatorProvider>());
    }
}
