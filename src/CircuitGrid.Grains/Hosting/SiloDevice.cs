using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Grains.Hosting;

/// <summary>A device that a silo computes with. All devices of a silo have the same numerics.</summary>
/// <param name="Name">Its name, as <c>--device</c> has it: <c>cpu</c>, <c>cuda:0</c>.</param>
/// <param name="Analyzer">Loads checkpoints onto it and computes their cells.</param>
public sealed record SiloDevice(string Name, ICellAnalyzer Analyzer)
{
    /// <summary>Half of the memory this process may have, for a device that has none of its own.</summary>
    public static long HostMemory => Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, 256L << 20);

    /// <summary>Checkpoints it works on at a time.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Threads that each of them is loaded and computed with.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes for weights and working memory, half for each: a bound that holds whatever is asked for.</summary>
    public long Memory { get; init; } = HostMemory;

    /// <summary>Bytes of <see cref="Memory"/> that weights may take.</summary>
    public long WeightMemory => Memory / 2;

    /// <summary>Bytes that one slot's analysis may take beside the weights.</summary>
    public long WorkingMemory => Math.Max(1, Memory / 2 / Slots);
}
