using System.Globalization;
using CircuitGrid.Grains.Hosting;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace CircuitGrid.Grains.Placement;

/// <summary>
/// What a checkpoint needs of a silo. It travels with the call that activates the checkpoint's grain, in the request context. The filter
/// that Orleans brings compares silos with the caller's own metadata, which says nothing about the model.
/// </summary>
/// <param name="Numerics">Numerics of the experiment: a silo computes with one.</param>
/// <param name="Bytes">Bytes of the weights.</param>
public sealed record DeviceNeed(string Numerics, long Bytes)
{
    private const string NumericsKey = "circuitgrid.numerics";
    private const string BytesKey = "circuitgrid.bytes";
    private const string MemoryKey = "circuitgrid.memory";
    private const string SlotsKey = "circuitgrid.slots";

    /// <summary>Puts the need into the request context of the calls that follow.</summary>
    public void Attach()
    {
        RequestContext.Set(NumericsKey, Numerics);
        RequestContext.Set(BytesKey, Bytes);
    }

    /// <summary>The need in a request context, or <see langword="null"/> where there is none.</summary>
    public static DeviceNeed? Of(IReadOnlyDictionary<string, object>? context) =>
        context is not null && context.TryGetValue(NumericsKey, out var numerics) && context.TryGetValue(BytesKey, out var bytes)
            ? new((string)numerics, (long)bytes)
            : null;

    /// <summary>What a silo says of itself for as long as it lives: numerics of its devices, most bytes of weights that one of them holds, slots of all.</summary>
    public static Dictionary<string, string> Metadata(IReadOnlyList<SiloDevice> devices) => new(StringComparer.Ordinal)
    {
        [NumericsKey] = devices[0].Analyzer.Numerics,
        [MemoryKey] = devices.Max(d => d.WeightMemory).ToString(CultureInfo.InvariantCulture),
        [SlotsKey] = devices.Sum(d => d.Slots).ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Numerics of a silo of such metadata; <see langword="null"/> where it isn't known.</summary>
    public static string? NumericsOf(SiloMetadata silo) => silo.Metadata.GetValueOrDefault(NumericsKey);

    /// <summary>Whether a silo of such metadata can serve the need at all.</summary>
    public bool Matches(SiloMetadata silo) =>
        string.Equals(NumericsOf(silo), Numerics, StringComparison.Ordinal)
        && silo.Metadata.TryGetValue(MemoryKey, out var memory)
        && long.Parse(memory, CultureInfo.InvariantCulture) >= Bytes
        && silo.Metadata.TryGetValue(SlotsKey, out var slots)
        && int.Parse(slots, CultureInfo.InvariantCulture) > 0;
}

/// <summary>Keeps a grain off silos that can't serve its <see cref="DeviceNeed"/>.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
internal sealed class MatchDeviceAttribute() : PlacementFilterAttribute(new MatchDevice());

/// <summary>See <see cref="MatchDeviceAttribute"/>.</summary>
public sealed class MatchDevice() : PlacementFilterStrategy(order: 0);

/// <summary>Compares what silos say of themselves with what is needed; a call without a need goes anywhere.</summary>
internal sealed class MatchDeviceDirector(ISiloMetadataCache silos) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> candidates) =>
        DeviceNeed.Of(target.RequestContextData) is { } need
            ? candidates.Where(s => need.Matches(silos.GetSiloMetadata(s)))
            : candidates;
}
