using CircuitGrid.Web.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace CircuitGrid.Web.Api.Health;

/// <summary><c>/health</c>, <c>/health/live</c> and <c>/health/ready</c>.</summary>
internal static class HealthEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        Map(endpoints, "/health", tag: null);
        Map(endpoints, "/health/live", HealthTags.Live);
        Map(endpoints, "/health/ready", HealthTags.Ready);
    }

    private static void Map(IEndpointRouteBuilder endpoints, string path, string? tag) =>
        endpoints.MapHealthChecks(path, new HealthCheckOptions { Predicate = check => tag is null || check.Tags.Contains(tag), ResponseWriter = WriteAsync })
            .WithMetadata(OpenToAll.Instance);

    /// <summary>Who hasn't shown the token learns no more than a load balancer needs.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var status = report.Status == HealthStatus.Unhealthy ? "unhealthy" : "ok";
        return AccessControl.IsAuthorized(context)
            ? context.Response.WriteAsJsonAsync(
                new
                {
                    Status = status,
                    Checks = report.Entries.ToDictionary(e => e.Key, e => new { Status = e.Value.Status == HealthStatus.Healthy ? "ok" : "unhealthy", e.Value.Description, e.Value.Data }, StringComparer.Ordinal),
                },
                ApiJson.Options)
            : context.Response.WriteAsJsonAsync(new { Status = status }, ApiJson.Options);
    }
}
