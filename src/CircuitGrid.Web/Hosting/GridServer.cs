using System.Net.Security;
using CircuitGrid.Compute;
using CircuitGrid.Web.Api;
using CircuitGrid.Web.Hosting.Browsers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Hosting;

/// <summary>Puts the HTTP API on a port.</summary>
public static partial class GridServer
{
    /// <summary>Where a server listens that says nothing else.</summary>
    public const int DefaultPort = 5480;

    /// <summary>Connections beyond which none is taken on, in those that are kept.</summary>
    private const int FarBeyond = 4;

    /// <summary>Threads that are there at once: some may be held by files or a grid that hang, and health has to answer all the same.</summary>
    private const int LeastThreads = 96;

    /// <summary>Makes a server of its own, which takes nothing from environment or configuration files.</summary>
    /// <param name="options">Where it listens, and to whom.</param>
    /// <param name="configure">Registers the host of experiments and calls <see cref="CircuitGridApi.AddCircuitGridApi"/>.</param>
    /// <param name="log">Takes the lines of its log: warnings and errors.</param>
    /// <exception cref="InvalidInputException">The options would leave the server open to anybody.</exception>
    public static WebApplication Create(ServerOptions options, Action<IServiceCollection> configure, Action<string>? log = null)
    {
        options.Validate();
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = "circuitgrid", EnvironmentName = Environments.Production, ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        if (log is not null)
        {
            builder.Logging.Services.AddSingleton<ILoggerProvider>(new LineLoggerProvider(log));
        }

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
        services.AddSingleton(options);
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<IProblemDetailsWriter, ProblemPages>();
        services.Configure<HostOptions>(h => h.ShutdownTimeout = TimeSpan.FromSeconds(10));
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, LeastThreads), ports);
        services.AddOptions<KestrelServerOptions>().Configure<ConnectionTable, ILogger<ServerCertificate>>((kestrel, connections, logger) =>
        {
            var limits = kestrel.Limits;
            kestrel.AddServerHeader = false;
            limits.MaxConcurrentConnections = (long)options.MaxConnections * FarBeyond;
            limits.MaxRequestBodySize = options.MaxBodyBytes;
            limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
            limits.MaxRequestLineSize = Math.Min(limits.MaxRequestLineSize, options.MaxHeaderBytes);
            limits.RequestHeadersTimeout = options.HeaderTimeout;
            limits.KeepAliveTimeout = options.IdleTimeout;
            limits.MinRequestBodyDataRate = limits.MinResponseDataRate = new(bytesPerSecond: 240, options.DataGrace);
            kestrel.Listen(options.Address, options.Port, listen =>
            {
                listen.Use(next => connection => connections.HandleAsync(connection, next));
                if (options.Certificate is { } certificate)
                {
                    certificate.Noticed = notice => LogCertificate(logger, notice);
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        HandshakeTimeout = options.HandshakeTimeout,
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Show() }),
                    });
                    listen.Use(next => connection => ConnectionTable.MarkSecuredAsync(connection, next));
                }
            });
        });
        return services;
    }

    /// <summary>The order in which a request passes errors, routing and access control; endpoints are the caller's.</summary>
    public static IApplicationBuilder UseCircuitGridServer(this IApplicationBuilder app, ServerOptions options) => app
        .Use(TrackAsync)
        .UseCircuitGridErrors()
        .UseRouting()
        .UseCircuitGridAccess(options);

    private static async Task TrackAsync(HttpContext context, RequestDelegate next)
    {
        var connection = context.Features.Get<TrackedConnection>();
        connection?.Touch();
        try
        {
            await next(context);
        }
        finally
        {
            connection?.EndRequest();
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Notice}")]
    private static partial void LogCertificate(ILogger logger, string notice);

    /// <summary>Leaves signals to the program.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
