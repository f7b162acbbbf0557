using System.CommandLine;
using System.Text.Json.Serialization;
using CircuitGrid.Circuits.Graph;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>diff</c>: whether two cells' circuits differ, and in what.</summary>
internal sealed class DiffCommand : ClientCommand
{
    private const int EdgesShown = 20;

    private readonly Argument<string> first = ExperimentOptions.Cell("A");
    private readonly Argument<string> second = ExperimentOptions.Cell("B");
    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly ReadingOptions reading = new();
    private readonly Option<bool> stored = new("--stored") { Description = "Use nothing but the stored results: don't run the circuits on each other's model." };
    private readonly Option<int?> threads = CommonOptions.Threads();

    public DiffCommand()
        : base("diff", "Say whether the circuits of two cells differ, are the same within a margin, or neither can be said, and in which edges.")
    {
        foreach (var argument in (Argument[])[first, second])
        {
            Add(argument);
        }

        foreach (var option in (Option[])[store, stored, threads])
        {
            Add(option);
        }

        reading.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), reading.Of(context));
        var a = await run.Cells.ReadAsync(context.Get(first), context.Cancellation);
        var b = await run.Cells.ReadAsync(context.Get(second), context.Cancellation);
        if (a.Evidence.Graph.Shape != b.Evidence.Graph.Shape)
        {
            throw new InvalidInputException(context.Get(second), $"is of another graph than {context.Get(first)}; edges can only be compared within one model size");
        }

        var comparison = context.Get(stored)
            ? CellComparison.Of(a.Evidence, b.Evidence)
            : await run.Cells.CompareAsync(a, b, context.Get(threads), context.Cancellation);

        var graph = a.Evidence.Graph;
        context.WriteResult(
            new Difference(
                EvidenceText.NameOf(comparison.Verdict),
                SpecNames.Sampling.Of(comparison.Scope),
                VerdictNames.Of(comparison.SizeVerdict),
                comparison.Jaccard,
                comparison.Noise?.Ceiling ?? double.NaN,
                comparison.Corrected,
                comparison.Noise?.PValue ?? double.NaN,
                comparison.Noise?.Difference ?? double.NaN,
                comparison.Noise?.DifferenceInterval.Low ?? double.NaN,
                comparison.Noise?.DifferenceInterval.High ?? double.NaN,
                comparison.Noise?.SmallestShown ?? double.NaN,
                Names(graph, comparison.Kept),
                Names(graph, comparison.Gained),
                Names(graph, comparison.Lost)),
            console => Show(console, a, b, comparison));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, EvidencedCell a, EvidencedCell b, CellComparison comparison)
    {
        console.WriteLine($"{a.Cell.Id} → {b.Cell.Id}");
        var scope = comparison.Noise is null ? "" : $", {EvidenceText.Of(comparison.Scope)}";
        console.WriteLine($"{Sentence(EvidenceText.Of(comparison.Verdict) + scope)} {Sentence(EvidenceText.Of(comparison.SizeVerdict))}");
        if (comparison.Noise is { } noise)
        {
            console.WriteLine(
                $"Circuits of a budget of {string.Join(" and of ", noise.Budgets.Select(b => Figures.Count(b)))} from disjoint halves of the examples share {Figures.Percent(noise.Across)} across the two cells. Noise alone leaves {Figures.Percent(noise.Ceiling)} ({Figures.Percent(noise.WithinFirst)} and {Figures.Percent(noise.WithinSecond)} within each).");
            console.WriteLine(
                $"They share {Figures.Percent(noise.OfCeiling)} of that ceiling, a difference of {EvidenceText.Of(noise.Difference, noise.DifferenceInterval)}, p = {Figures.Of(noise.PValue)}. {PowerOf(noise)}.");
            if (comparison.Verdict == DifferenceVerdict.Undecided && noise.DifferenceInterval.Low > -CircuitDifference.Margin)
            {
                console.WriteLine($"Circuits count as the same only where noise alone leaves {Figures.Percent(CircuitDifference.LeastCeiling)} or more.");
            }
        }

        if (comparison.Cross is { } cross)
        {
            console.WriteLine(
                $"In the other's place the first circuit keeps {Figures.Percent(cross.FirstOnSecond)} and the second {Figures.Percent(cross.SecondOnFirst)} of the metric. The threshold is {Figures.Percent(cross.Threshold)}.");
        }

        console.WriteLine(
            $"Jaccard of the two circuits {Figures.Of(comparison.Jaccard)}; corrected for chance {Figures.Of(comparison.Corrected)} (random edges), {Figures.Of(comparison.DegreeCorrected)} (random circuits of the same degrees).");
        console.WriteLine(
            $"Without a threshold: Spearman {Figures.Of(comparison.Spearman)}, weighted Jaccard {Figures.Of(comparison.Weighted)} ({Figures.Of(comparison.WeightedInCircuits)} over the edges in the circuits), rank-biased overlap {Figures.Of(comparison.RankBiased)}.");
        console.WriteLine(
            $"Jaccard of the first k edges: {string.Join(", ", comparison.OverlapSizes.Zip(comparison.OverlapCurve).Select(p => $"{Figures.Count(p.First)}: {Figures.Of(Math.Round(p.Second, 3))}"))}.");
        console.WriteLine($"{Figures.Count(comparison.Kept.Length)} edges kept (=), {Figures.Count(comparison.Gained.Length)} gained (+), {Figures.Count(comparison.Lost.Length)} lost (-), drawn where they arrive:");
        console.Write(DifferenceLattice.Create(console, a.Evidence.Graph, comparison));
        foreach (var (sign, cell, edges) in new[] { ('=', b, comparison.Kept), ('+', b, comparison.Gained), ('-', a, comparison.Lost) })
        {
            var scores = cell.Evidence.Result.Scores;
            var strongest = edges.OrderByDescending(e => Math.Abs(scores[e])).ThenBy(e => e).Take(EdgesShown);
            var more = edges.Length > EdgesShown ? $" and {Figures.Count(edges.Length - EdgesShown)} more" : "";
            if (!edges.IsEmpty)
            {
                console.WriteLine($"{sign} {string.Join(", ", strongest.Select(e => GraphNames.Edge(a.Evidence.Graph, e)))}{more}");
            }
        }
    }

    private static string Sentence(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}.";

    /// <summary>What difference would have been shown, or why none would.</summary>
    private static string PowerOf(NoiseComparison noise) =>
        noise.ExchangePValue > CircuitDifference.Level ? $"Exchanging prompts between the cells makes circuits as unlike in {Figures.Percent(noise.ExchangePValue)} of the cases, so that no difference is shown"
        : double.IsNaN(noise.SmallestShown) ? "So few templates or blocks can't show any difference"
        : $"A difference of {Figures.Of(noise.SmallestShown)} would have been shown in 80 % of the cases";

    private static string[] Names(CircuitGraph graph, IEnumerable<int> edges) => [.. edges.Select(e => GraphNames.Edge(graph, e))];

    /// <summary>What <c>diff --json</c> writes; programs rely on exactly these names.</summary>
    private sealed record Difference(
        string Verdict,
        string Scope,
        string SizeVerdict,
        double Jaccard,
        double Ceiling,
        double Corrected,
        [property: JsonPropertyName("p")] double PValue,
        [property: JsonPropertyName("difference")] double Shortfall,
        double DifferenceLow,
        double DifferenceHigh,
        double SmallestShown,
        string[] Kept,
        string[] Gained,
        string[] Lost);
}
