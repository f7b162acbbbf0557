using CircuitGrid.Grains.Checkpoints;
using CircuitGrid.Grains.Silos;

namespace CircuitGrid.Grains.Tests.Cluster;

/// <summary>Keeps a silo from answering whoever asks its grains about devices and jobs, as one that is frozen does while it counts as a member.</summary>
internal sealed class Silence
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SiloAddress? silo;
    private int kept;

    /// <summary>Calls that were kept waiting.</summary>
    public int Kept => Volatile.Read(ref kept);

    public void Begin(SiloAddress of) => silo = of;

    /// <summary>Answers what was asked, and everything from now on.</summary>
    public void End()
    {
        silo = null;
        ended.TrySetResult();
    }

    public void Add(ISiloBuilder to) => to.AddIncomingGrainCallFilter(async context =>
    {
        if (context.Grain is ISiloGrain or ICheckpointGrain && context.TargetContext.Address.SiloAddress is { } here && here.Equals(silo))
        {
            Interlocked.Increment(ref kept);
            await ended.Task;
        }

        await context.Invoke();
    });
}
