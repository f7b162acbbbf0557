using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>A mixed value of a head.</summary>
internal readonly record struct HeadValue(int Node, int Value)
{
    public Difference From(bool clean) => new(Node, Value, clean);
}

/// <summary>A slot of a head and what it reads.</summary>
internal readonly record struct HeadSlot(int Node, int Component, SlotMix Mix);

/// <summary>Values of a layer's heads that run together, and their distinct slots: values of a head often differ in one of its three alone.</summary>
/// <param name="graph">The graph.</param>
/// <param name="layer">The layer.</param>
internal sealed class HeadChunk(CircuitGraph graph, int layer)
{
    private readonly Dictionary<HeadSlot, int> places = [];
    private readonly List<int>[] ofComponent = [[], [], []];
    private readonly Dictionary<MixedNode, Coupling> couplings = [];

    public List<HeadValue> Heads { get; } = [];

    public List<HeadSlot> Slots { get; } = [];

    /// <summary>Whether a head's value depends on all heads' queries and keys.</summary>
    public bool AreCoupled => couplings.Count > 0;

    /// <summary>Where they are coupled: the values that read the same queries and keys.</summary>
    public IEnumerable<Coupling> Together => couplings.Values;

    public void Add(HeadValue head, MixedNode value)
    {
        for (var component = 0; component < 3; component++)
        {
            ofComponent[component].Add(PlaceOf(new HeadSlot(head.Node, component, value.Slots[component])));
        }

        if (value.Slots.Length > 3)
        {
            var others = new MixedNode(value.Slots[3..]);
            if (!couplings.TryGetValue(others, out var coupling))
            {
                couplings.Add(others, coupling = new(PlacesOf(others)));
            }

            coupling.Members.Add(Heads.Count);
        }

        Heads.Add(head);
    }

    /// <summary>The slot of every head's query, then of every key, then of every value.</summary>
    public int[] SlotsOfHeads() => [.. ofComponent.SelectMany(places => places)];

    /// <summary>Slots of all heads' queries, then of all heads' keys.</summary>
    private int[] PlacesOf(MixedNode others)
    {
        var heads = others.Slots.Length / 2;
        return [.. others.Slots.Select((mix, i) => PlaceOf(new HeadSlot(graph.HeadNode(layer, i % heads), i / heads, mix)))];
    }

    private int PlaceOf(HeadSlot slot)
    {
        if (!places.TryGetValue(slot, out var place))
        {
            place = Slots.Count;
            places.Add(slot, place);
            Slots.Add(slot);
        }

        return place;
    }

    /// <summary>Values whose queries and keys are normalised together.</summary>
    /// <param name="Places">Slots of all heads' queries, then of all heads' keys.</param>
    public sealed record Coupling(int[] Places)
    {
        /// <summary>Indices among <see cref="Heads"/>.</summary>
        public List<int> Members { get; } = [];
    }
}
