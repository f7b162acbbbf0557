using CircuitGrid.Experiments.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api.Health;

/// <summary>Whether the process takes on anything new.</summary>
internal sealed class DrainHealth(Draining draining) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(draining.IsDraining ? HealthCheckResult.Unhealthy("ends what is under way, and then itself") : HealthCheckResult.Healthy("not draining"));
}
