using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Experiments.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>Watches the silo's storage as long as the silo lives, and says in the log when an outage begins and ends.</summary>
internal sealed partial class SiloStorageWatch : IHostedService, IStorageWatch, IAsyncDisposable
{
    private readonly ILogger<SiloStorageWatch> logger;
    private readonly StorageWatch watch;

    public SiloStorageWatch(ICellStore store, TimeSpan deadline, TimeProvider time, ILogger<SiloStorageWatch> logger)
    {
        this.logger = logger;
        watch = new(store.ProbeAsync, time)
        {
            Deadline = deadline,
            Began = outage => LogBegan(store.Location, outage.Reason),
            Ended = (_, lasted) => LogEnded(store.Location, lasted),
        };
    }

    public StorageOutage? Outage => watch.Outage;

    /// <summary>Waits until the outage that lasts has ended, or where none does, the next one.</summary>
    public Task ReturnAsync(CancellationToken cancellation) => watch.ReturnAsync(cancellation);

    public static void AddTo(IServiceCollection services, TimeSpan deadline)
    {
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<SiloStorageWatch>(s, deadline));
        services.AddSingleton<IStorageWatch>(s => s.GetRequiredService<SiloStorageWatch>());
        services.AddHostedService(s => s.GetRequiredService<SiloStorageWatch>());
        services.AddHostedService<ResultsCheck>();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        watch.Start();
        return Task.CompletedTask;
    }

    /// <summary>A silo that drains still has results to keep: the watch goes on until all is disposed of.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => watch.DisposeAsync();

    [LoggerMessage(70, LogLevel.Warning, "Storage ({Location}) doesn't answer: {Reason}. Finished cells wait for it.")]
    private partial void LogBegan(string location, string reason);

    [LoggerMessage(71, LogLevel.Information, "Storage ({Location}) answers again after {Lasted:hh\\:mm\\:ss}.")]
    private partial void LogEnded(string location, TimeSpan lasted);
}
