using System.Collections.Immutable;

namespace CircuitGrid.Circuits.Graph;

/// <summary>
/// The computational graph of a transformer: source nodes (<c>input</c>, heads, MLPs) write to the residual stream, slots
/// (q, k, v of a head, an MLP's input, the logits) read it, and an edge joins a source to every slot downstream of it.
/// Indices and order are those of docs/method.md, graph.
/// </summary>
public sealed class CircuitGraph
{
    private readonly int[] firstEdge;

    public CircuitGraph(GraphShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Layers);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shape.Heads);
        Shape = shape;
        (Sources, Slots) = (1 + (shape.Layers * (shape.Heads + 1)), (shape.Layers * ((3 * shape.Heads) + 1)) + 1);

        var sources = new List<int>();
        var slots = new List<int>();
        firstEdge = new int[shape.Layers + 2];
        for (var l = 0; l < shape.Layers; l++)
        {
            firstEdge[l] = sources.Count;
            for (var source = 0; source < SourcesOf(MlpSlot(l)); source++)
            {
                if (source < SourcesOf(HeadSlot(l, 0, 0)))
                {
                    for (var h = 0; h < shape.Heads; h++)
                    {
                        for (var c = 0; c < 3; c++)
                        {
                            Add(source, HeadSlot(l, h, c));
                        }
                    }
                }

                Add(source, MlpSlot(l));
            }
        }

        firstEdge[shape.Layers] = sources.Count;
        for (var source = 0; source < Sources; source++)
        {
            Add(source, LogitsSlot);
        }

        firstEdge[^1] = sources.Count;
        EdgeSources = [.. sources];
        EdgeSlots = [.. slots];

        void Add(int source, int slot)
        {
            sources.Add(source);
            slots.Add(slot);
        }
    }

    public GraphShape Shape { get; }

    /// <summary>Number of source nodes, 1 + L(H+1).</summary>
    public int Sources { get; }

    /// <summary>Number of slots, L(3H+1) + 1.</summary>
    public int Slots { get; }

    /// <summary>Number of nodes: the sources and the logits.</summary>
    public int Nodes => Sources + 1;

    /// <summary>The logits' node index; sources are the nodes before it.</summary>
    public int LogitsNode => Sources;

    /// <summary>The slot of the logits: the last one.</summary>
    public int LogitsSlot => Slots - 1;

    /// <summary>Number of edges.</summary>
    public int Edges => EdgeSources.Length;

    /// <summary>Source node of every edge, in canonical order.</summary>
    public ImmutableArray<int> EdgeSources { get; }

    /// <summary>Slot of every edge, in canonical order.</summary>
    public ImmutableArray<int> EdgeSlots { get; }

    public int HeadNode(int layer, int head) => 1 + (layer * (Shape.Heads + 1)) + head;

    public int MlpNode(int layer) => HeadNode(layer, Shape.Heads);

    /// <summary>A head's slot; component 0 is q, 1 k, 2 v.</summary>
    public int HeadSlot(int layer, int head, int component) => (layer * ((3 * Shape.Heads) + 1)) + (component * Shape.Heads) + head;

    public int MlpSlot(int layer) => (layer * ((3 * Shape.Heads) + 1)) + (3 * Shape.Heads);

    /// <summary>Layer of a slot; L for the logits.</summary>
    public int SlotLayer(int slot) => slot / ((3 * Shape.Heads) + 1);

    /// <summary>What a slot feeds. The logits' index is a multiple of a layer's number of slots, as a first query's is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such slot.</exception>
    public SlotKind KindOfSlot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, Slots);
        return slot == LogitsSlot
            ? SlotKind.Logits
            : (slot % ((3 * Shape.Heads) + 1) / Shape.Heads) switch { 0 => SlotKind.Query, 1 => SlotKind.Key, 2 => SlotKind.Value, _ => SlotKind.Mlp };
    }

    /// <summary>The node a slot belongs to.</summary>
    public int NodeOfSlot(int slot)
    {
        if (slot == LogitsSlot)
        {
            return LogitsNode;
        }

        var (layer, rest) = (SlotLayer(slot), slot % ((3 * Shape.Heads) + 1));
        return rest == 3 * Shape.Heads ? MlpNode(layer) : HeadNode(layer, rest % Shape.Heads);
    }

    /// <summary>Slots of a node: three of a head, one of an MLP or the logits, none of the input.</summary>
    public ImmutableArray<int> SlotsOfNode(int node)
    {
        if (node == LogitsNode)
        {
            return [LogitsSlot];
        }

        if (node == 0)
        {
            return [];
        }

        var (layer, rest) = ((node - 1) / (Shape.Heads + 1), (node - 1) % (Shape.Heads + 1));
        return rest == Shape.Heads
            ? [MlpSlot(layer)]
            : [HeadSlot(layer, rest, 0), HeadSlot(layer, rest, 1), HeadSlot(layer, rest, 2)];
    }

    /// <summary>How many sources a slot reads: those with a smaller index than this.</summary>
    public int SourcesOf(int slot)
    {
        if (slot == LogitsSlot)
        {
            return Sources;
        }

        var layer = SlotLayer(slot);
        return slot == MlpSlot(layer) && !Shape.Parallel ? MlpNode(layer) : HeadNode(layer, 0);
    }

    /// <summary>Index of an edge in canonical order.</summary>
    /// <exception cref="ArgumentException">There is no such edge.</exception>
    public int Edge(int source, int slot)
    {
        if ((uint)slot >= (uint)Slots || (uint)source >= (uint)SourcesOf(slot))
        {
            throw new ArgumentException($"No edge from source {source} to slot {slot}.");
        }

        var layer = SlotLayer(slot);
        if (slot == LogitsSlot)
        {
            return firstEdge[layer] + source;
        }

        var perSource = (3 * Shape.Heads) + 1;
        var headSources = SourcesOf(HeadSlot(layer, 0, 0));
        var before = source <= headSources ? source * perSource : (headSources * perSource) + source - headSources;
        var rest = slot % perSource;
        if (source >= headSources)
        {
            return firstEdge[layer] + before;
        }

        return firstEdge[layer] + before + (rest == 3 * Shape.Heads ? rest : (rest % Shape.Heads * 3) + (rest / Shape.Heads));
    }
}
