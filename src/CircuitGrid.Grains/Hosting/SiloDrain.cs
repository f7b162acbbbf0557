using CircuitGrid.Grains.Silos;

namespace CircuitGrid.Grains.Hosting;

/// <summary>
/// Ends a silo's computing while all the rest of it still works, so that a host can answer requests until it has drained. A silo that is stopped without it
/// drains as it leaves the cluster.
/// </summary>
public sealed class SiloDrain
{
    private readonly DeviceQueue queue;

    internal SiloDrain(DeviceQueue queue) => this.queue = queue;

    /// <summary>Whether the silo is going: it takes no work any more.</summary>
    public bool IsDraining => queue.IsDraining;

    /// <summary>Lets cells under way come to their end, and hands the others back.</summary>
    /// <param name="impatience">Gives up cells under way.</param>
    public Task DrainAsync(CancellationToken impatience) => queue.DrainAsync(impatience);
}
