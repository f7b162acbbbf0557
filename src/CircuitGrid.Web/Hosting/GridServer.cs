using CircuitGrid.Compute;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Hosting.Browsers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Hosting;

/// <summary>Puts the HTTP API on a port.</summary>
public static class GridServer
{
    /// <summary>Where a server listens that says nothing else.</summary>
    public const int DefaultPort = 5480;

    /// <summary>Makes a server of its own, which takes nothing from environment or configuration files.</summary>
    /// <param name="options">Where it listens, and to whom.</param>
    /// <param name="configure">Registers the host of experiments and calls <see cref="CircuitGridApi.AddCircuitGridApi"/>.</param>
    /// <exception cref="InvalidInputException">The options would leave the server open to anybody.</exception>
    public static WebApplication Create(ServerOptions options, Action<IServiceCollection> configure)
    {
        options.Validate();
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "circuitgrid", EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        builder.Services.AddCircuitGridServer(options);
        configure(builder.Services);
        var app = builder.Build();
        app.UseCircuitGridServer(options).UseEndpoints(endpoints => endpoints.MapCircuitGrid());
        return app;
    }

    /// <summary>The limits of a server, for an application that is built elsewhere.</summary>
    public static IServiceCollection AddCircuitGridServer(this IServiceCollection services, ServerOptions options)
    {
        options.Validate();
        services.AddRequestTimeouts(t => t.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.RequestTimeout });
        services.AddSingleton(options);
        services.AddSingleton<IProblemDetailsWriter, ProblemPages>();
        services.Configure<HostOptions>(h => h.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
            kestrel.Limits.MaxRequestLineSize = Math.Min(kestrel.Limits.MaxRequestLineSize, options.MaxHeaderBytes);
            kestrel.Limits.RequestHeadersTimeout = options.HeaderTimeout;
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                if (options.Certificate is { } certificate)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
    }

    /// <summary>The order in which a request passes errors, routing, access control and timeouts; endpoints are the caller's.</summary>
    public static IApplicationBuilder UseCircuitGridServer(this IApplicationBuilder app, ServerOptions options) => app
        .UseCircuitGridErrors()
        .UseRouting()
        .UseCircuitGridAccess(options)
        .UseRequestTimeouts();

    /// <summary>Leaves signals to the program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
