using System.CommandLine;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>why</c>: what a cell found, and how sure it is.</summary>
internal sealed class WhyCommand : ClientCommand
{
    private readonly Argument<string> cell = ExperimentOptions.Cell("CELL");
    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly ReadingOptions reading = new();
    private readonly Option<int> edges = NumberOption.WithDefault("--edges", "N", "Strongest edges to show.", standard: 15, least: 0);

    public WhyCommand()
        : base("why", "Say what a cell found, how its search went, and how sure its circuit is.")
    {
        Add(cell);
        Add(store);
        reading.AddTo(this);
        Add(edges);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), reading.Of(context));
        var found = await run.Cells.ReadAsync(context.Get(cell), context.Cancellation);
        var evidence = found.Evidence;
        var result = evidence.Result;
        var strongest = Strongest(evidence, context.Get(edges));
        context.WriteResult(
            new
            {
                Cell = found.Cell.Id.ToString(),
                Tokens = found.Cell.TokensSeen,
                found.Cell.TokensKnown,
                Status = CellStatusNames.Of(result.Status),
                State = TaskStates.NameOf(TaskStates.Of(result, found.Cell.Dataset)),
                Metric = result.MetricOf(found.Cell.Dataset),
                AblatedMetric = result.AblatedMetric,
                result.Accuracy,
                Budget = result.Chosen?.Budget,
                Edges = result.Chosen?.Edges,
                Nodes = result.Chosen?.Nodes,
                FaithfulnessFound = result.Chosen is { } a ? result.FoundFaithfulness(a).Value : double.NaN,
                FaithfulnessJudged = result.Chosen is { } b ? result.JudgedFaithfulness(b).Value : double.NaN,
                NormalizedFound = result.Chosen is { } c ? result.FoundFaithfulness(c).Normalized : double.NaN,
                NormalizedJudged = result.Chosen is { } d ? result.JudgedFaithfulness(d).Normalized : double.NaN,
                SmallestBudget = evidence.SizeCurve?.SmallestBudget,
                SmallestBudgetInterval = evidence.SizeCurve?.SmallestBudgetInterval,
                NormalizedSmallestBudget = evidence.NormalizedSizeCurve?.SmallestBudget,
                NormalizedSmallestBudgetInterval = evidence.NormalizedSizeCurve?.SmallestBudgetInterval,
                Certified = evidence.Certainty?.Count(EdgeVerdict.Certified),
                Uncertain = evidence.Certainty?.Count(EdgeVerdict.Uncertain),
                Stability = evidence.Certainty?.Stability.Average(),
                Ceiling = evidence.Ceiling,
                Bos = found.Cell.Dataset?.Begin is { } begin ? new { begin.Id, Token = begin.Content, begin.NamedBy } : null,
                Ignored = found.Checkpoint.PassedOver.ToArray(),
                Search = evidence.SearchPath.Select(s => new { s.Budget, s.Edges, Found = result.FoundFaithfulness(s).Value, Judged = result.JudgedFaithfulness(s).Value }),
                Strongest = strongest,
            },
            console => Show(console, found, strongest));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, EvidencedCell found, List<EdgeLine> strongest)
    {
        var (result, evidence) = (found.Evidence.Result, found.Evidence);
        var metric = result.MetricOf(found.Cell.Dataset);
        console.WriteLine($"{found.Cell.Id} {TrainingTimeText.After(found.Cell)}: {EvidenceText.Of(result, found.Cell.Dataset)}.");
        if (found.Cell.LeftOut is { } reason)
        {
            console.WriteLine($"It is left out of comparisons: its checkpoint {reason}.");
        }

        var good = result.MetricWithoutZero is null ? "positive" : "better than with everything ablated";
        console.WriteLine(
            $"The model's metric is {EvidenceText.Of(metric.Mean, new(metric.Low, metric.High))} over {Figures.Count(result.Metrics.Length)} examples, {Figures.Percent(result.Accuracy)} of them {good}. With everything ablated it is {Figures.Of(result.AblatedMetric)}.");
        if (found.Cell.Dataset?.Begin is { } begin)
        {
            console.WriteLine($"{begin.Note}.");
        }

        if (!found.Checkpoint.PassedOver.IsEmpty)
        {
            console.WriteLine($"Ignored in the checkpoint's files, as asked: {string.Join(", ", found.Checkpoint.PassedOver)}.");
        }

        if (result.Chosen is not { } chosen)
        {
            return;
        }

        console.WriteLine(
            $"The circuit has {Figures.Count(chosen.Edges)} of {Figures.Count(evidence.Graph.Edges)} edges and {Figures.Count(chosen.Nodes)} of {Figures.Count(evidence.Graph.Nodes)} nodes, left of a budget of {Figures.Count(chosen.Budget)}. {KeptText(evidence, chosen)}");
        SizeText.Write(console, evidence);

        if (evidence.Certainty is { } certainty)
        {
            console.WriteLine(
                $"Of its edges, {Figures.Count(result.Edges.Indices().Count(e => certainty[e] == EdgeVerdict.Certified))} are certified (in 95 % of the resampled circuits or more). {Figures.Count(certainty.Count(EdgeVerdict.Uncertain))} edges of the graph are uncertain. A resampled circuit of this budget shares {Figures.Percent(certainty.Stability.Average())} with it (Jaccard, mean).");
        }

        if (evidence.Ceiling is { } ceiling)
        {
            console.WriteLine($"Circuits of this size from two halves of the examples share {Figures.Percent(ceiling)} of their edges (Jaccard): the noise ceiling.");
        }

        var search = Tables.Create(console, "#search", "#budget", "#edges", "#nodes", "#found", "#judged", "passes");
        foreach (var (size, step) in evidence.SearchPath.Select((s, i) => (s, i + 1)))
        {
            var share = result.FoundFaithfulness(size).Value;
            search.Row(
                Figures.Count(step),
                Figures.Count(size.Budget),
                Figures.Count(size.Edges),
                Figures.Count(size.Nodes),
                Figures.Fixed(share),
                Figures.Fixed(result.JudgedFaithfulness(size).Value),
                share >= evidence.Analysis.Threshold ? "yes" : "no");
        }

        console.Write(search);
        var table = Tables.Create(console, "strongest edge", "#score", "#± error", "#in", "verdict");
        foreach (var edge in strongest)
        {
            table.Row(edge.Edge, Figures.Of(edge.Score), Figures.Of(edge.StandardError), Figures.Percent(edge.Inclusion), edge.Verdict);
        }

        console.Write(table);
    }

    /// <summary>What a circuit keeps, plainly and normalised, where it was found and on held-out examples if there are any.</summary>
    private static string KeptText(CellEvidence evidence, SizePoint chosen)
    {
        var (found, judged) = (evidence.Result.FoundFaithfulness(chosen), evidence.Result.JudgedFaithfulness(chosen));
        return evidence.Analysis.Split == SplitRule.None
            ? $"It keeps {Figures.Percent(found.Value)} of the metric on the examples that found it, none being held out. That is {Figures.Percent(found.Normalized)} of the way from the ablated metric to the model's."
            : $"It keeps {Figures.Percent(found.Value)} of the metric where it was found and {Figures.Percent(judged.Value)} on held-out examples. That is {Figures.Percent(found.Normalized)} and {Figures.Percent(judged.Normalized)} of the way from the ablated metric to the model's.";
    }

    private static List<EdgeLine> Strongest(CellEvidence evidence, int count)
    {
        var (result, certainty) = (evidence.Result, evidence.Certainty);
        return
        [
            .. result.Edges.Indices().OrderByDescending(e => Math.Abs(result.Scores[e])).ThenBy(e => e).Take(count).Select(e => new EdgeLine(
                GraphNames.Edge(evidence.Graph, e),
                result.Scores[e],
                certainty?.StandardErrors[e] ?? double.NaN,
                certainty?.Inclusion[e] ?? double.NaN,
                certainty is null ? "–" : EvidenceText.Of(certainty[e]))),
        ];
    }

    /// <summary>An edge of the circuit.</summary>
    /// <param name="Edge">Its name.</param>
    /// <param name="Score">Its score.</param>
    /// <param name="StandardError">The score's standard error.</param>
    /// <param name="Inclusion">Share of the resampled circuits that have it.</param>
    /// <param name="Verdict">What that makes of it.</param>
    private sealed record EdgeLine(string Edge, double Score, double StandardError, double Inclusion, string Verdict);
}
