using System.Globalization;
using CircuitGrid.Experiments.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api;

/// <summary>Whether the store can be written and read.</summary>
internal sealed class StoreHealth(ICellStore store, TimeProvider time) : IHealthCheck
{
    private const string Folder = "circuitgrid:health";
    private const string State = "now";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
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
