using System.Diagnostics.Metrics;
using CircuitGrid.Compute;
using Polly;
using Polly.Retry;

namespace CircuitGrid.Experiments.Grid;

/// <summary>
/// Runs an analysis again with batches of half the bytes where the device found no memory for them. Plans are made from what was free, but others
/// use a GPU too. The result doesn't depend on it; how often it happened is counted.
/// </summary>
internal static class SmallerBatches
{
    /// <summary>Below this a batch of a single prompt hardly fits.</summary>
    private const long Smallest = 1L << 20;

    private const long FirstRetry = 128L << 20;

    private static readonly Meter Meter = new("CircuitGrid.Experiments");

    private static readonly Counter<long> Halved =
        Meter.CreateCounter<long>("circuitgrid.batches.halved", description: "Times a device had no memory for a batch and the cell went on with half.");

    /// <summary>Runs something in batches of at most so many bytes, or fewer.</summary>
    /// <param name="device">What it runs on.</param>
    /// <param name="bytes">Bytes to begin with; what the device says or the engine takes of itself where <see langword="null"/>.</param>
    /// <param name="run">Takes the bytes.</param>
    /// <exception cref="DeviceMemoryException">Not even the smallest batches fit.</exception>
    public static T Run<T>(IDevice device, long? bytes, Func<long?, T> run)
    {
        var budget = bytes;
        var pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<DeviceMemoryException>(_ => budget is null or > Smallest),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.Zero,
                OnRetry = _ =>
                {
                    budget = (budget ?? device.FreeBytes) / 2 ?? FirstRetry;
                    Halved.Add(1);
                    return default;
                },
            })
            .Build();
        return pipeline.Execute(() => run(budget));
    }
}
