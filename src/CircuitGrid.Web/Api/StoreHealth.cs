using System.Globalization;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api;

/// <summary>Whether the store can be written and read: as the watch of it says where there is one, so that nobody waits for a store that is away.</summary>
internal sealed class StoreHealth(ICellStore store, TimeProvider time, IStorageWatch? watch = null) : IHealthCheck
{
    private const string Folder = "circuitgrid:health";
    private const string State = "now";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (watch is not null)
        {
            return watch.Outage is { } outage ? HealthCheckResult.Unhealthy(outage.Notice) : HealthCheckResult.Healthy("readable and writable");
        }

        var written = time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
        try
        {
            await store.SaveDigestAsync(Folder, State, written, cancellationToken);
            return await store.FindDigestAsync(Folder, State, cancellationToken) is null
                ? HealthCheckResult.Unhealthy("what was written isn't there")
                : HealthCheckResult.Healthy("readable and writable");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("can't be written and read", e);
        }
    }
}
