using CircuitGrid.Experiments.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api.Health;

/// <summary>Whether the grid answers, and what it is at.</summary>
internal sealed class GridHealth(IExperimentHost host, CircuitGridApiOptions options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var experiments = await host.ListAsync(cancellationToken);
        return HealthCheckResult.Healthy($"{experiments.Count(e => e.Phase == HostedPhase.Running)} experiments running", new Dictionary<string, object>(StringComparer.Ordinal) { ["device"] = options.Device });
    }
}
