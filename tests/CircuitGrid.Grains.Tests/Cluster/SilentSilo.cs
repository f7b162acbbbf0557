using CircuitGrid.Grains.Silos;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>A silo that answers nothing about its slots and jobs for a while, as one that stands still does, though membership has not given it up.</summary>
internal sealed class SilentSilo : IIncomingGrainCallFilter
{
    private readonly TaskCompletionSource speaks = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SiloAddress? silent;
    private int held;

    /// <summary>Questions that wait for their answer, or did.</summary>
    public int Held => Volatile.Read(ref held);

    /// <summary>Has a silo fall silent.</summary>
    public void Silence(SiloAddress silo) => Volatile.Write(ref silent, silo);

    /// <summary>Has it answer everything it was asked.</summary>
    public void Speak()
    {
        Volatile.Write(ref silent, null);
        speaks.TrySetResult();
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (context.Grain is ISiloGrain && Volatile.Read(ref silent) is { } silo && string.Equals(context.TargetId.Key.ToString(), silo.ToParsableString(), StringComparison.Ordinal))
        {
            Interlocked.Increment(ref held);
            await speaks.Task;
        }

        await context.Invoke();
    }
}
