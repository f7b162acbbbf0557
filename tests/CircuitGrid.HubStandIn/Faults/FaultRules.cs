using System.Collections.Immutable;
using CircuitGrid.HubStandIn.Requests;

namespace CircuitGrid.HubStandIn.Faults;

/// <summary>The faults of a server. May be changed while it serves.</summary>
public sealed class FaultRules
{
    private ImmutableList<FaultRule> rules = [];

    /// <summary>Adds a rule with conditions of any kind.</summary>
    public FaultRule Add(FaultRule rule)
    {
        ImmutableInterlocked.Update(ref rules, (all, added) => all.Add(added), rule);
        return rule;
    }

    /// <summary>The next so many matching requests meet a fault.</summary>
    public FaultRule Next(int times, Fault fault, RequestKind? kind = null, string? path = null, string? method = null) =>
        Add(new() { Fault = fault, Times = times, Kind = kind, Path = path, Method = method });

    /// <summary>All matching requests meet a fault.</summary>
    public FaultRule Always(Fault fault, RequestKind? kind = null, string? path = null, string? method = null) =>
        Add(new() { Fault = fault, Times = null, Kind = kind, Path = path, Method = method });

    public void Remove(FaultRule rule) => ImmutableInterlocked.Update(ref rules, (all, removed) => all.Remove(removed), rule);

    public void Clear() => ImmutableInterlocked.Update(ref rules, all => all.Clear());

    internal IEnumerable<Fault> Met(LoggedRequest request) => rules.Where(r => r.Meets(request)).Select(r => r.Fault);
}
