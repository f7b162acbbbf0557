using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Grains.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>
/// Has experiments look their results up when storage has come back: one that was killed may have forgotten what it had acknowledged. Every silo asks, because each may be the
/// only one that has seen the outage; where nothing is lost nothing comes of it.
/// </summary>
internal sealed partial class ResultsCheck(SiloStorageWatch watch, IExperimentHost host, TimeProvider time, ILogger<ResultsCheck> logger) : BackgroundService
{
    /// <summary>What waited for the storage is written first.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await watch.ReturnAsync(stoppingToken);
            await Task.Delay(Settling, time, stoppingToken);
            try
            {
                await ((ClusterExperimentHost)host).VerifyAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // storage is away once more, perhaps: its return is heard of again
                LogNotVerified(e.Message);
            }
        }
    }

    [LoggerMessage(72, LogLevel.Warning, "Experiments couldn't be asked to look their results up: {Reason}")]
    private partial void LogNotVerified(string reason);
}
