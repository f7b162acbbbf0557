using CircuitGrid.Grains.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Serialization.Serializers;
using Orleans.Storage;

namespace CircuitGrid.Grains.Tests.Sqlite;

/// <summary>A folder with a cluster's file, and what a process on it has of Orleans' providers; every call stands for one more process.</summary>
internal sealed class ClusterFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("circuitgrid-sqlite-").FullName;
    private readonly List<IDisposable> opened = [];

    public string Path => System.IO.Path.Combine(folder, "cluster.sqlite");

    public SqliteMembershipTable Membership(string cluster = "cluster") =>
        new(Files(), Options.Create(new SqliteClusteringOptions { Path = Path }), Cluster(cluster));

    public SqliteGatewayListProvider Gateways() =>
        new(Files(), Options.Create(new SqliteClusteringOptions { Path = Path }), Cluster("cluster"), Options.Create(new GatewayOptions()));

    public SqliteReminderTable Reminders(string service = "service") =>
        new(Files(), Options.Create(new SqliteReminderOptions { Path = Path }), Cluster(service));

    public SqliteGrainStorage Storage(string name = "storage") => Storage(Files(), Path, name);

    public static SqliteGrainStorage Storage(ClusterFiles files, string path, string name)
    {
        var services = new ServiceCollection().AddSerializer().BuildServiceProvider();
        return new(
            name,
            "service",
            () => files.Open(path),
            new OrleansGrainStorageSerializer(services.GetRequiredService<Serializer>()),
            services.GetRequiredService<IActivatorProvider>());
    }

    public void Dispose()
    {
        opened.ForEach(o => o.Dispose());
        Directory.Delete(folder, recursive: true);
    }

    private ClusterFiles Files()
    {
        var files = new ClusterFiles();
        opened.Add(files);
        return files;
    }

    private static IOptions<ClusterOptions> Cluster(string id) => Options.Create(new ClusterOptions { ClusterId = id, ServiceId = id });
}
