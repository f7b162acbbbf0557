using System.Globalization;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using CircuitGrid.Models.Files;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api.Health;

/// <summary>Whether the store can be written and read: as the watch of it says where there is one, so that nobody waits for a store that is away.</summary>
internal sealed class StoreHealth(TimeProvider time, ICellStore? store = null, IStorageWatch? watch = null) : IHealthCheck
{
    private const string Folder = "circuitgrid:health";
    private const string State = "now";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (watch is not null)
        {
            return watch.Outage is { } outage ? HealthCheckResult.Unhealthy(Text.OneLine(outage.Notice)) : HealthCheckResult.Healthy("readable and writable");
        }

        if (store is null)
        {
            return HealthCheckResult.Healthy("not looked at");
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
