using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every cell.</summary>
internal static class CellTable
{
    public const string Heading =
        "suite,model,step,task,tokens,status,state,metric,metric_low,metric_high,ablated_metric,accuracy,budget,edges,nodes,faithfulness_found,faithfulness_judged,normalized_found,normalized_judged,smallest_budget,smallest_budget_low,smallest_budget_high,normalized_smallest_budget,normalized_smallest_budget_low,normalized_smallest_budget_high,size_includes_ranking,certified_edges,uncertain_edges,stability,ceiling,tokens_known,stage,branch,seed";

    public static string Row(EvidencedCell cell)
    {
        var (id, result, evidence) = (cell.Cell.Id, cell.Evidence.Result, cell.Evidence);
        var metric = result.MetricOf(cell.Cell.Dataset);
        Faithfulness? found = result.Chosen is { } size ? result.FoundFaithfulness(size) : null;
        Faithfulness? judged = result.Chosen is { } same ? result.JudgedFaithfulness(same) : null;
        return CsvRow.Of(
            id.Suite,
            id.Model,
            id.Step,
            id.Task,
            cell.Cell.TokensSeen,
            CellStatusNames.Of(result.Status),
            TaskStates.NameOf(TaskStates.Of(result, cell.Cell.Dataset)),
            metric.Mean,
            metric.Low,
            metric.High,
            result.AblatedMetric,
            result.Accuracy,
            result.Chosen?.Budget,
            result.Chosen?.Edges,
            result.Chosen?.Nodes,
            found?.Value,
            judged?.Value,
            found?.Normalized,
            judged?.Normalized,
            evidence.SizeCurve?.SmallestBudget,
            evidence.SizeCurve?.SmallestBudgetInterval.Low,
            evidence.SizeCurve?.SmallestBudgetInterval.High,
            evidence.NormalizedSizeCurve?.SmallestBudget,
            evidence.NormalizedSizeCurve?.SmallestBudgetInterval.Low,
            evidence.NormalizedSizeCurve?.SmallestBudgetInterval.High,
            evidence.SizeCurve is { } curve ? curve.IncludesRanking ? "true" : "false" : null,
            evidence.Certainty?.Count(EdgeVerdict.Certified),
            evidence.Certainty?.Count(EdgeVerdict.Uncertain),
            evidence.Certainty?.Stability.Average(),
            evidence.Ceiling,
            TokensKnownNames.Of(cell.Cell.TokensKnown),
            cell.Checkpoint.Model.Stage,
            cell.Checkpoint.Model.Branch,
            cell.Checkpoint.Model.Seed);
    }
}
