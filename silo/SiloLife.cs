using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>
/// A silo from its start to its end: it joins, works, and when it is told to stop drains before anything else of it ends. Its HTTP API answers all the while.
/// </summary>
internal sealed partial class SiloLife(WebApplication host, SiloSettings settings, StopSignals signals)
{
    /// <summary>A silo that is told to stop lets the cells under way come to their end for as long.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMinutes(10);

    /// <summary>How long a silo that can't join may take to say so to the others.</summary>
    private static readonly TimeSpan LeaveTime = TimeSpan.FromSeconds(5);

    private readonly ILogger logger = host.Services.GetRequiredService<ILogger<SiloLife>>();
    private readonly SiloJoining joining = host.Services.GetRequiredService<SiloJoining>();

    /// <returns>The exit code where it was asked to stop.</returns>
    /// <exception cref="InvalidInputException">It can't start.</exception>
    public async Task<int> RunAsync()
    {
        LogStarting(
            settings.Program,
            settings.Cluster,
            string.Create(CultureInfo.InvariantCulture, $"{(settings.Server.Certificate is null ? "http" : "https")}://{Host(settings.Server.Address)}:{settings.Server.Port}"),
            string.Create(CultureInfo.InvariantCulture, $"{Host(settings.Address)}:{settings.SiloPort} ({(settings.Certificate is null ? "without TLS" : "TLS")}), gateway {settings.GatewayPort}"),
            settings.Device,
            settings.Store is null ? "an Azure storage account" : "a SQLite file");
        using var given = CancellationTokenSource.CreateLinkedTokenSource(signals.Token, joining.GivenUp);
        try
        {
            await host.StartAsync(given.Token);
        }
        catch (Exception e)
        {
            await LeaveAsync(LeaveTime);
            return joining.Fault is { } fault ? throw new SiloStartException(fault, e)
                : signals.Token.IsCancellationRequested ? signals.ExitCode
                : throw new SiloStartException(StartFault.Of(e), e);
        }

        joining.Joined();
        LogJoined(host.Services.GetRequiredService<Grains.Placement.ClusterSilos>().Active().Count);
        await Task.Delay(Timeout.InfiniteTimeSpan, signals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        host.Services.GetRequiredService<Draining>().Begin();
        using var patience = new CancellationTokenSource(DrainTime);
        await host.Services.GetRequiredService<SiloDrain>().DrainAsync(patience.Token);
        await host.StopAsync(CancellationToken.None);
        return 0;
    }

    private async Task LeaveAsync(TimeSpan time)
    {
        try
        {
            using var patience = new CancellationTokenSource(time);
            await host.StopAsync(patience.Token).WaitAsync(time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // the silo never was part of the cluster, or can't say that it goes: the others will see
        }
    }

    private static string Host(System.Net.IPAddress address) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    [LoggerMessage(61, LogLevel.Information, "{Program} in cluster {Cluster}: HTTP at {Http}, silos at {Silo}, computing on {Devices}, storage in {Storage}; joining.")]
    private partial void LogStarting(string program, string cluster, string http, string silo, string devices, string storage);

    [LoggerMessage(62, LogLevel.Information, "Joined; the cluster has {Silos} silos.")]
    private partial void LogJoined(int silos);
}

/// <summary>A silo can't start.</summary>
/// <param name="reason">Why, in one line for people.</param>
/// <param name="cause">What it was found by.</param>
internal sealed class SiloStartException(string reason, Exception cause) : Exception(reason, cause);
