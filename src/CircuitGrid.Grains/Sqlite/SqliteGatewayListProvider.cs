using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Messaging;

namespace CircuitGrid.Grains.Sqlite;

/// <summary>Tells clients of a <see cref="ClusterFile"/>'s cluster where its active silos listen.</summary>
internal sealed class SqliteGatewayListProvider(
    ClusterFiles files,
    IOptions<SqliteClusteringOptions> options,
    IOptions<ClusterOptions> cluster,
    IOptions<GatewayOptions> gateways) : IGatewayListProvider
{
    public TimeSpan MaxStaleness => gateways.Value.GatewayListRefreshPeriod;

    public bool IsUpdatable => true;

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public Task<IList<Uri>> GetGateways()
    {
        var file = files.Open(options.Value.Path);
        return file.RunAsync<IList<Uri>>(
            () =>
            {
                using var command = file.Command(
                    "SELECT address, proxy_port FROM silos WHERE cluster = $cluster AND status = $active AND proxy_port > 0 ORDER BY address",
                    ("$cluster", cluster.Value.ClusterId),
                    ("$active", (int)SiloStatus.Active));
                using var row = command.ExecuteReader();
                var found = new List<Uri>();
                while (row.Read())
                {
                    var silo = SiloAddress.FromParsableString(row.GetString(0));
                    found.Add(SiloAddress.New(silo.Endpoint.Address, row.GetInt32(1), silo.Generation).ToGatewayUri());
                }

                return found;
            },
            writes: false);
    }
}
