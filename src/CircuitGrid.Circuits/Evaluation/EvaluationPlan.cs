using System.Collections.Immutable;
using CircuitGrid.Circuits.Graph;

namespace CircuitGrid.Circuits.Evaluation;

/// <summary>What a node's or slot's value is in a circuit's run.</summary>
internal enum NodeState
{
    /// <summary>Its ablated value: nothing that reaches it is in the circuit.</summary>
    Ablated,

    /// <summary>Its clean value: everything that reaches it is in the circuit.</summary>
    Clean,

    /// <summary>To be computed.</summary>
    Mixed,
}

/// <summary>A row of the pool that streams are mixed from: a difference of two values of a source.</summary>
/// <param name="Source">The source node.</param>
/// <param name="Candidate">The circuit whose run gives the value, or −1 where it is the clean (ablated) one.</param>
/// <param name="FromClean">The difference is to the clean output; otherwise to the ablated one.</param>
internal readonly record struct Difference(int Source, int Candidate, bool FromClean);

/// <summary>How a slot's stream is made: one of the two known residual streams plus differences.</summary>
/// <param name="State">Whether there is anything to add.</param>
/// <param name="FromClean">Start from the clean stream; otherwise from the ablated one.</param>
/// <param name="Terms">What to add, in source order.</param>
internal readonly record struct SlotPlan(NodeState State, bool FromClean, ImmutableArray<Difference> Terms);

/// <summary>
/// Which nodes of some circuits have to be run and how their slots' streams are mixed. A slot starts from whichever known stream,
/// ablated or clean, needs fewer terms to reach it.
/// </summary>
internal sealed class EvaluationPlan
{
    private readonly CircuitGraph graph;
    private readonly IReadOnlyList<Circuit> circuits;
    private readonly NodeState[,] nodes;
    private readonly SlotPlan[,] slots;
    private readonly List<int> logitsRows = [];

    private EvaluationPlan(CircuitGraph graph, IReadOnlyList<Circuit> circuits)
    {
        this.graph = graph;
        this.circuits = circuits;
        nodes = new NodeState[circuits.Count, graph.Nodes];
        slots = new SlotPlan[circuits.Count, graph.Slots];
    }

    public int Candidates => circuits.Count;

    /// <summary>Every difference that some slot adds.</summary>
    public HashSet<Difference> Differences { get; } = [];

    public static EvaluationPlan Create(CircuitGraph graph, IReadOnlyList<Circuit> circuits)
    {
        var plan = new EvaluationPlan(graph, circuits);
        for (var c = 0; c < circuits.Count; c++)
        {
            plan.PlanCandidate(c);
        }

        return plan;
    }

    public NodeState NodeState(int candidate, int node) => nodes[candidate, node];

    public SlotPlan Slot(int candidate, int slot) => slots[candidate, slot];

    public NodeState LogitsState(int candidate) => slots[candidate, graph.LogitsSlot].State;

    /// <summary>Candidates whose logits have to be computed, in order.</summary>
    public IReadOnlyList<int> LogitsRows => logitsRows;

    /// <summary>Where a candidate stands among <see cref="LogitsRows"/>.</summary>
    public int LogitsRow(int candidate) => logitsRows.IndexOf(candidate);

    private void PlanCandidate(int c)
    {
        var circuit = circuits[c];
        nodes[c, 0] = circuit.ContainsNode(0) ? Evaluation.NodeState.Clean : Evaluation.NodeState.Ablated;
        for (var node = 1; node < graph.Nodes; node++)
        {
            if (!circuit.ContainsNode(node))
            {
                nodes[c, node] = Evaluation.NodeState.Ablated;
                foreach (var slot in graph.SlotsOfNode(node))
                {
                    slots[c, slot] = new SlotPlan(Evaluation.NodeState.Ablated, FromClean: false, []);
                }

                continue;
            }

            var own = graph.SlotsOfNode(node);
            var (allAblated, allClean) = (true, true);
            foreach (var slot in own)
            {
                var plan = slots[c, slot] = PlanSlot(c, slot);
                allAblated &= plan.State == Evaluation.NodeState.Ablated;
                allClean &= plan.State == Evaluation.NodeState.Clean;
            }

            nodes[c, node] = allAblated ? Evaluation.NodeState.Ablated : allClean ? Evaluation.NodeState.Clean : Evaluation.NodeState.Mixed;
            if (nodes[c, node] == Evaluation.NodeState.Mixed)
            {
                foreach (var slot in own)
                {
                    Differences.UnionWith(slots[c, slot].Terms);
                }
            }
        }

        if (LogitsState(c) == Evaluation.NodeState.Mixed)
        {
            logitsRows.Add(c);
        }
    }

    private SlotPlan PlanSlot(int c, int slot)
    {
        var sources = graph.SourcesOf(slot);
        var fromAblated = ImmutableArray.CreateBuilder<Difference>();
        var fromClean = ImmutableArray.CreateBuilder<Difference>();
        for (var source = 0; source < sources; source++)
        {
            var state = circuits[c].ContainsEdge(graph.Edge(source, slot)) ? nodes[c, source] : Evaluation.NodeState.Ablated;
            switch (state)
            {
                case Evaluation.NodeState.Ablated:
                    fromClean.Add(new Difference(source, -1, FromClean: true));
                    break;
                case Evaluation.NodeState.Clean:
                    fromAblated.Add(new Difference(source, -1, FromClean: false));
                    break;
                default:
                    fromAblated.Add(new Difference(source, c, FromClean: false));
                    fromClean.Add(new Difference(source, c, FromClean: true));
                    break;
            }
        }

        return fromAblated.Count == 0 ? new SlotPlan(Evaluation.NodeState.Ablated, FromClean: false, [])
            : fromClean.Count == 0 ? new SlotPlan(Evaluation.NodeState.Clean, FromClean: true, [])
            : fromAblated.Count <= fromClean.Count ? new SlotPlan(Evaluation.NodeState.Mixed, FromClean: false, fromAblated.ToImmutable())
            : new SlotPlan(Evaluation.NodeState.Mixed, FromClean: true, fromClean.ToImmutable());
    }
}
