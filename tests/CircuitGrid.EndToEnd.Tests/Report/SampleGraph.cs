namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>The indices and names of a head/MLP graph, written from their definition and independently of the page's script.</summary>
internal sealed record SampleGraph(int Layers, int Heads, bool Parallel)
{
    public int Sources => 1 + Layers * (Heads + 1);

    public int Slots => Layers * (3 * Heads + 1) + 1;

    /// <summary>Every edge as (forward index of the source, backward index of the slot).</summary>
    public IEnumerable<(int Source, int Slot)> Edges()
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var readable = slot == Slots - 1 ? Sources : ReadableBy(slot);
            for (var source = 0; source < readable; source++)
            {
                yield return (source, slot);
            }
        }
    }

    public string SourceName(int source)
    {
        if (source == 0)
        {
            return "input";
        }

        var (layer, place) = Math.DivRem(source - 1, Heads + 1);
        return place == Heads ? $"m{layer}" : $"a{layer}.h{place}";
    }

    /// <summary>Name of the node that a slot belongs to, without its port.</summary>
    public string TargetName(int slot) => SlotName(slot).Split('<')[0];

    public string SlotName(int slot)
    {
        if (slot == Slots - 1)
        {
            return "logits";
        }

        var (layer, place) = Math.DivRem(slot, 3 * Heads + 1);
        return place == 3 * Heads ? $"m{layer}" : $"a{layer}.h{place % Heads}<{"qkv"[place / Heads]}>";
    }

    public string EdgeName(int source, int slot) => $"{SourceName(source)}->{SlotName(slot)}";

    private int ReadableBy(int slot)
    {
        var (layer, place) = Math.DivRem(slot, 3 * Heads + 1);
        var readsItsHeads = place == 3 * Heads && !Parallel;
        return 1 + layer * (Heads + 1) + (readsItsHeads ? Heads : 0);
    }
}
