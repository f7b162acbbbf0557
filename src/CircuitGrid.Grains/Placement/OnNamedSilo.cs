using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace CircuitGrid.Grains.Placement;

/// <summary>Puts a grain on the silo whose address is its key.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false)]
internal sealed class OnNamedSiloAttribute() : PlacementAttribute(new OnNamedSilo());

/// <summary>See <see cref="OnNamedSiloAttribute"/>.</summary>
[Serializable, GenerateSerializer, Immutable, Alias("circuitgrid.OnNamedSilo")]
public sealed class OnNamedSilo : PlacementStrategy;

/// <summary>Finds the silo. There is no other choice: a grain of a silo that is gone can't be activated.</summary>
internal sealed class OnNamedSiloDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var name = target.GrainIdentity.Key.ToString()!;
        var silo = Array.Find(context.GetCompatibleSilos(target), s => string.Equals(s.ToParsableString(), name, StringComparison.Ordinal));
        return silo is null ? throw new SiloGoneException(name) : Task.FromResult(silo);
    }
}

/// <summary>A silo is not, or no longer, part of the cluster.</summary>
/// <param name="silo">Its address.</param>
[GenerateSerializer, Alias("circuitgrid.SiloGoneException")]
public sealed class SiloGoneException(string silo) : OrleansException($"Silo {silo} is not part of the cluster.");
