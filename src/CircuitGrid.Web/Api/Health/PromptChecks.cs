using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace CircuitGrid.Web.Api.Health;

/// <summary>Makes every health check prompt (<see cref="PromptCheck"/>), those of the application included.</summary>
internal sealed class PromptChecks(IServiceProvider services, CircuitGridApiOptions api, ILogger<PromptCheck> logger) : IPostConfigureOptions<HealthCheckServiceOptions>
{
    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        foreach (var registration in options.Registrations)
        {
            var prompt = new PromptCheck(registration, services, api, logger);
            registration.Factory = _ => prompt;
        }
    }
}
