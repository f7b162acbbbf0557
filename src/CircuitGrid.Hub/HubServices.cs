using CircuitGrid.Hub.Cache;
using CircuitGrid.Hub.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.Hub;

/// <summary>The hub among a host's services.</summary>
public static class HubServices
{
    /// <summary>Adds the connections to the hub.</summary>
    /// <param name="services">The services.</param>
    /// <param name="options">Which hub is asked, and how.</param>
    /// <param name="time">The clock of pauses between requests.</param>
    /// <param name="notices">Hears whole sentences for people.</param>
    public static IServiceCollection AddHubClient(this IServiceCollection services, HubOptions options, TimeProvider? time = null, Action<string>? notices = null)
    {
        HubConnection.Add(services, options, time ?? TimeProvider.System, notices);
        return services;
    }

    /// <summary>Adds a <see cref="HubStore"/> and its connections.</summary>
    /// <inheritdoc cref="AddHubClient"/>
    public static IServiceCollection AddHubStore(this IServiceCollection services, HubOptions options, TimeProvider? time = null, Action<string>? notices = null) =>
        services.AddHubClient(options, time, notices).AddSingleton(provider => new HubStore(options, provider.GetRequiredService<IHttpClientFactory>(), time, notices));
}
