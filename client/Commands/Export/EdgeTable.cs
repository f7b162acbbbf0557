using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every edge that is in a cell's circuit or might be: rejected ones outside it are left out.</summary>
internal static class EdgeTable
{
    public const string Heading = "suite,model,step,task,edge,source,slot,score,standard_error,inclusion,verdict,in_circuit";

    public static IEnumerable<string> Rows(EvidencedCell cell)
    {
        var (id, result, certainty, graph) = (cell.Cell.Id, cell.Evidence.Result, cell.Evidence.Certainty, cell.Evidence.Graph);
        return Enumerable.Range(0, graph.Edges)
            .Where(e => result.Edges[e] || (certainty is not null && certainty[e] != EdgeVerdict.Rejected))
            .Select(e => CsvRow.Of(
                id.Suite,
                id.Model,
                id.Step,
                id.Task,
                GraphNames.Edge(graph, e),
                GraphNames.Node(graph, graph.EdgeSources[e]),
                GraphNames.Slot(graph, graph.EdgeSlots[e]),
                result.Scores[e],
                certainty?.StandardErrors[e],
                certainty?.Inclusion[e],
                certainty is null ? null : EvidenceText.Of(certainty[e]),
                result.Edges[e]));
    }
}
