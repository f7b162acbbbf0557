using CircuitGrid.Grains.Placement;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Silo;

/// <summary>Whether this silo is a working part of the cluster.</summary>
internal sealed class SiloHealth(ClusterSilos silos, ILocalSiloDetails self) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var active = silos.Active();
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["silos"] = active.Count };
        return Task.FromResult(active.Contains(self.SiloAddress)
            ? HealthCheckResult.Healthy("active", data)
            : HealthCheckResult.Unhealthy("joining or going", data: data));
    }
}
