using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.EndToEnd.Tests.Report;

/// <summary>Circuits of a sample graph.</summary>
internal static class SampleCircuit
{
    private static readonly double[] Inclusions = [1, 0.95, 0.94, 0.5, 0.06, 0.05];

    /// <summary>Grown from the logits down by the largest score among the edges into what is already there, then pruned.</summary>
    public static ReportEdge[] Grow(SampleGraph graph, (int Source, int Slot)[] edges, double[] scores, int budget)
    {
        var into = Enumerable.Range(0, edges.Length).ToLookup(i => graph.TargetName(edges[i].Slot), StringComparer.Ordinal);
        var candidates = new PriorityQueue<int, double>();
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var circuit = new List<ReportEdge>();
        Reach("logits");
        while (circuit.Count < budget && candidates.TryDequeue(out var best, out _))
        {
            circuit.Add(new(edges[best].Source, edges[best].Slot, (float)scores[best]));
            Reach(graph.SourceName(edges[best].Source));
        }

        return Prune(graph, [.. circuit]);

        void Reach(string node)
        {
            if (reached.Add(node))
            {
                candidates.EnqueueRange(into[node].Select(i => (i, -Math.Abs(scores[i]))));
            }
        }
    }

    /// <summary>Inclusion probabilities on both sides of the verdicts' bounds, one edge after the other.</summary>
    public static IEnumerable<ReportEdge> WithInclusion(ReportEdge[] edges) => edges.Select((edge, i) => edge with { Inclusion = Inclusions[i % Inclusions.Length] });

    public static HashSet<string> Nodes(SampleGraph graph, IEnumerable<ReportEdge> edges) =>
        edges.SelectMany(edge => new[] { graph.SourceName(edge.Source), graph.TargetName(edge.Slot) }).ToHashSet(StringComparer.Ordinal);

    /// <summary>Leaves out nodes that nothing flows into, and their edges.</summary>
    private static ReportEdge[] Prune(SampleGraph graph, ReportEdge[] edges)
    {
        while (true)
        {
            var readers = edges.Select(edge => graph.TargetName(edge.Slot)).ToHashSet(StringComparer.Ordinal);
            var writers = edges.Select(edge => graph.SourceName(edge.Source)).ToHashSet(StringComparer.Ordinal);
            var kept = edges.Where(edge =>
                (edge.Source == 0 || readers.Contains(graph.SourceName(edge.Source)))
                && (edge.Slot == graph.Slots - 1 || writers.Contains(graph.TargetName(edge.Slot)))).ToArray();
            if (kept.Length == edges.Length)
            {
                return edges;
            }

            edges = kept;
        }
    }
}
