using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>
/// Which nodes of some circuits have to be run and how their slots' streams are mixed. A slot starts from whichever known stream, ablated
/// or clean, needs fewer terms to reach it. Nodes of different circuits whose slots read the same streams are run once: the circuits of
/// neighbouring sizes share most of their lower layers.
/// </summary>
internal sealed class EvaluationPlan
{
    private readonly CircuitGraph graph;
    private readonly bool couplesHeads;
    private readonly Dictionary<MixedNode, int>[] values;
    private readonly List<MixedNode>[] mixed;
    private readonly List<int> logits = [];

    private EvaluationPlan(CircuitGraph graph, bool couplesHeads)
    {
        this.graph = graph;
        this.couplesHeads = couplesHeads;
        values = [.. Enumerable.Range(0, graph.Nodes).Select(_ => new Dictionary<MixedNode, int>())];
        mixed = [.. Enumerable.Range(0, graph.Nodes).Select(_ => new List<MixedNode>())];
    }

    /// <summary>Every difference that some slot adds.</summary>
    public HashSet<Difference> Differences { get; } = [];

    /// <summary>Number of circuits planned.</summary>
    public int Circuits => logits.Count;

    /// <param name="graph">The graph.</param>
    /// <param name="couplesHeads">Whether a layer's queries, and its keys, are normalised together, so that every head depends on all heads' slots.</param>
    /// <param name="circuits">The circuits.</param>
    public static EvaluationPlan Create(CircuitGraph graph, bool couplesHeads, IEnumerable<Circuit> circuits)
    {
        var plan = new EvaluationPlan(graph, couplesHeads);
        foreach (var circuit in circuits)
        {
            plan.logits.Add(plan.PlanCircuit(circuit));
        }

        return plan;
    }

    /// <summary>Cuts circuits, in order, into as few plans as need at most so many differences each; a circuit that needs more has its own.</summary>
    public static IEnumerable<EvaluationPlan> Cut(CircuitGraph graph, bool couplesHeads, IReadOnlyList<Circuit> circuits, long differences)
    {
        for (var first = 0; first < circuits.Count;)
        {
            var plan = new EvaluationPlan(graph, couplesHeads);
            for (var next = first; next < circuits.Count; next++)
            {
                var value = plan.PlanCircuit(circuits[next]);
                if (plan.Differences.Count > differences && next > first)
                {
                    plan = Create(graph, couplesHeads, circuits.Skip(first).Take(next - first));
                    break;
                }

                plan.logits.Add(value);
            }

            first += plan.Circuits;
            yield return plan;
        }
    }

    /// <summary>The distinct mixed values of a node, in the order of <see cref="Difference.Value"/>.</summary>
    public IReadOnlyList<MixedNode> MixedValues(int node) => mixed[node];

    /// <summary>A circuit's value of the logits: <see cref="Difference.Ablated"/>, <see cref="Difference.Clean"/>, or an index into its mixed values.</summary>
    public int LogitsValue(int circuit) => logits[circuit];

    private int PlanCircuit(Circuit circuit)
    {
        var value = new int[graph.Nodes];
        value[0] = circuit.ContainsNode(0) ? Difference.Clean : Difference.Ablated;
        var others = (Layer: -1, Slots: ImmutableArray<SlotMix>.Empty);
        for (var node = 1; node < graph.Nodes; node++)
        {
            if (!circuit.ContainsNode(node))
            {
                value[node] = Difference.Ablated;
                continue;
            }

            var slots = graph.SlotsOfNode(node);
            var layer = graph.SlotLayer(slots[0]);
            var isCoupled = couplesHeads && slots.Length > 1;
            if (isCoupled && others.Layer != layer)
            {
                others = (layer, PlanQueriesAndKeys(circuit, layer, value));
            }

            value[node] = PlanNode(circuit, node, value, isCoupled ? others.Slots : []);
        }

        return value[graph.LogitsNode];
    }

    /// <summary>What the queries of all heads of a layer read, then what their keys do: heads outside the circuit, too, whose slots read ablated outputs alone.</summary>
    private ImmutableArray<SlotMix> PlanQueriesAndKeys(Circuit circuit, int layer, int[] value) =>
        [.. Enumerable.Range(graph.HeadSlot(layer, 0, 0), 2 * graph.Shape.Heads).Select(slot => PlanSlot(circuit, slot, value))];

    private int PlanNode(Circuit circuit, int node, int[] value, ImmutableArray<SlotMix> others)
    {
        var plan = new MixedNode([.. graph.SlotsOfNode(node).Select(slot => PlanSlot(circuit, slot, value)), .. others]);
        if (plan.Slots.All(s => s is { FromClean: false, Terms.IsEmpty: true }))
        {
            return Difference.Ablated;
        }

        if (plan.Slots.All(s => s is { FromClean: true, Terms.IsEmpty: true }))
        {
            return Difference.Clean;
        }

        if (!values[node].TryGetValue(plan, out var index))
        {
            index = mixed[node].Count;
            values[node].Add(plan, index);
            mixed[node].Add(plan);
            foreach (var slot in plan.Slots)
            {
                Differences.UnionWith(slot.Terms);
            }
        }

        return index;
    }

    private SlotMix PlanSlot(Circuit circuit, int slot, int[] value)
    {
        var sources = graph.SourcesOf(slot);
        var fromAblated = ImmutableArray.CreateBuilder<Difference>();
        var fromClean = ImmutableArray.CreateBuilder<Difference>();
        for (var source = 0; source < sources; source++)
        {
            var carried = circuit.ContainsEdge(graph.Edge(source, slot)) ? value[source] : Difference.Ablated;
            if (carried != Difference.Ablated)
            {
                fromAblated.Add(new Difference(source, carried, FromClean: false));
            }

            if (carried != Difference.Clean)
            {
                fromClean.Add(new Difference(source, carried, FromClean: true));
            }
        }

        return fromAblated.Count <= fromClean.Count ? new SlotMix(FromClean: false, fromAblated.ToImmutable()) : new SlotMix(FromClean: true, fromClean.ToImmutable());
    }
}
