using System.Net;
using System.Text;
using CircuitGrid.HubStandIn.Faults;
using CircuitGrid.HubStandIn.Protocol;
using CircuitGrid.HubStandIn.Repositories;
using CircuitGrid.HubStandIn.Requests;
using CircuitGrid.HubStandIn.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace CircuitGrid.HubStandIn;

/// <summary>
/// A server that answers as the Hugging Face hub does, for its repositories, on three ports of this machine: the hub, the host of large files, and a third one that
/// only faults lead to. Everything may be changed while it serves.
/// </summary>
public sealed class HubStandInServer : IAsyncDisposable
{
    private readonly HubState hub;
    private readonly WebApplication application;
    private readonly CancellationTokenSource stopping;
    private bool disposed;

    private HubStandInServer(HubState hub, WebApplication application, CancellationTokenSource stopping)
    {
        this.hub = hub;
        this.application = application;
        this.stopping = stopping;
    }

    /// <summary>Address of the hub, <c>http://127.0.0.1:PORT</c>: what <c>HF_ENDPOINT</c> is set to.</summary>
    public Uri Endpoint => new(hub.Endpoint);

    /// <summary>Address of the host that large files lie on, <c>http://localhost:PORT</c>.</summary>
    public Uri Storage => new(hub.Storage);

    /// <summary>Address of the third host, <c>http://127.0.0.1:PORT</c>.</summary>
    public Uri Elsewhere => new(hub.Elsewhere);

    public StandInRepositories Repositories => hub.Repositories;

    public RequestLog Requests => hub.Requests;

    public FaultRules Faults => hub.Faults;

    /// <summary>Bytes a second of all answers together; <see langword="null"/> for no limit.</summary>
    public long? BytesPerSecond
    {
        get => hub.Bandwidth.BytesPerSecond;
        set => hub.Bandwidth.BytesPerSecond = value;
    }

    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<HubStandInServer> StartAsync(HubStandInOptions? options = null)
    {
        var hub = new HubState(options ?? new());
        var stopping = new CancellationTokenSource();
        var pipeline = new HubPipeline(hub, stopping.Token);
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.Limits.MinResponseDataRate = null;
            foreach (var port in (int[])[hub.Options.Port, 0, 0])
            {
                kestrel.Listen(IPAddress.Loopback, port, Intercepted);
            }
        });
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        var application = builder.Build();
        var hosts = new Dictionary<int, StandInHost>();
        application.Run(context => pipeline.AnswerAsync(context, hosts[context.Connection.LocalPort]));
        await application.StartAsync();

        int[] ports = [.. application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port)];
        hosts[ports[0]] = StandInHost.Hub;
        hosts[ports[1]] = StandInHost.Storage;
        hosts[ports[2]] = StandInHost.Elsewhere;
        hub.Endpoint = $"http://127.0.0.1:{ports[0]}";
        hub.Storage = $"http://localhost:{ports[1]}";
        hub.Elsewhere = $"http://127.0.0.1:{ports[2]}";
        return new(hub, application, stopping);
    }

    /// <summary>Ends every answer that is under way, and stops listening. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        await stopping.CancelAsync();
        await application.DisposeAsync();
        stopping.Dispose();
    }

    private static void Intercepted(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(InterceptedTransport.Intercept);
    }
}
