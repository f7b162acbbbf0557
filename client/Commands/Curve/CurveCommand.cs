using System.CommandLine;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Specification;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>curve</c>: a cell's faithfulness over size.</summary>
internal sealed class CurveCommand : ClientCommand
{
    private const int BarWidth = 50;

    private readonly Argument<string> cell = ExperimentOptions.Cell("CELL");
    private readonly Option<string> store = ExperimentOptions.FinishedRun();
    private readonly ReadingOptions reading = new();

    private readonly Option<bool> areas = new("--areas") { Description = "Also run the circuits of MIB's ten sizes, selected by |score| and by signed score, for CPR and CMD." };
    private readonly Option<AreaRule> areaRule = NamedOption.Create(
        "--area-rule",
        AreaRules.Names,
        "Which circuits --areas is of: selected as the cell's analysis does, at sizes rounded to the nearest edge; or as MIB's code does, the best n edges, at sizes rounded down.",
        AreaRule.Cell);

    private readonly Option<int?> threads = CommonOptions.Threads();

    public CurveCommand()
        : base("curve", "Draw a cell's faithfulness over the size of its circuit, with the sizes that keep the threshold.")
    {
        Add(cell);
        Add(store);
        reading.AddTo(this);
        Add(areas);
        Add(areaRule);
        Add(threads);
        Validators.Add(result =>
        {
            if (result.GetResult(areaRule) is { Implicit: false } && !result.GetValue(areas))
            {
                result.AddError($"{areaRule.Name} says which circuits {areas.Name} is of; give {areas.Name} too, or leave it out");
            }
        });
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        await using var run = await FinishedRun.OpenAsync(context, context.Get(store), reading.Of(context));
        var found = await run.Cells.ReadAsync(context.Get(cell), context.Cancellation);
        var curve = found.Evidence.SizeCurve
            ?? throw new InvalidInputException(context.Get(cell), $"has no curve: {EvidenceText.Of(found.Evidence.Result, found.Cell.Dataset)}");
        var result = found.Evidence.Result;
        var (rule, rounding) = (context.Get(areaRule), AreaRules.BudgetOf(context.Get(areaRule)));
        var selection = SpecNames.Selection.Of(AreaRules.SelectionOf(rule, found.Evidence.Analysis));
        (SelectionArea Absolute, SelectionArea Signed)? ran =
            context.Get(areas) ? SelectionArea.Run(run.Analyzer, found, rule, context.Get(threads) ?? Environment.ProcessorCount, context.Cancellation) : null;
        context.WriteResult(
            new
            {
                Cell = found.Cell.Id.ToString(),
                Tokens = found.Cell.TokensSeen,
                found.Cell.TokensKnown,
                found.Evidence.Analysis.Threshold,
                curve.SmallestBudget,
                curve.SmallestBudgetInterval,
                curve.IsDetermined,
                curve.IncludesRanking,
                Crossings = curve.Crossings.ToArray(),
                NormalizedSmallestBudget = found.Evidence.NormalizedSizeCurve?.SmallestBudget,
                NormalizedSmallestBudgetInterval = found.Evidence.NormalizedSizeCurve?.SmallestBudgetInterval,
                Sizes = result.Sizes.Select((s, i) => new
                {
                    s.Budget,
                    s.Edges,
                    s.Nodes,
                    Found = result.FoundFaithfulness(s).Value,
                    Judged = result.JudgedFaithfulness(s).Value,
                    NormalizedFound = result.FoundFaithfulness(s).Normalized,
                    NormalizedJudged = result.JudgedFaithfulness(s).Normalized,
                    Fit = curve.Fit[i],
                    curve.Band[i].Low,
                    curve.Band[i].High,
                }),
                Areas = ran is { } both
                    ? new
                    {
                        Rule = AreaRules.Names.Of(rule),
                        BudgetRule = AreaRules.BudgetNames.Of(rounding),
                        Selection = selection,
                        Shares = FaithfulnessArea.Shares.ToArray(),
                        Budgets = FaithfulnessArea.Budgets(found.Evidence.Graph.Edges, rounding),
                        Absolute = Describe(both.Absolute),
                        Signed = Describe(both.Signed),
                    }
                    : null,
            },
            console =>
            {
                Show(console, found, curve);
                foreach (var area in ran is { } two ? new[] { two.Absolute, two.Signed } : [])
                {
                    var (by, rounded) = (area.Area.Absolute ? "|score|" : "signed score", rounding == BudgetRounding.Floor ? "down" : "to the nearest edge");
                    console.WriteLine(
                        $"Selected by {by} ({selection}, sizes rounded {rounded}): CPR {Figures.Fixed(area.Area.PerformanceRatio)}, CMD {Figures.Fixed(area.Area.ModelDistance)}.");
                }
            });
        return ExitCode.Success;
    }

    private static object Describe(SelectionArea area) => new { Cpr = area.Area.PerformanceRatio, Cmd = area.Area.ModelDistance, area.Faithfulness };

    private static void Show(IAnsiConsole console, EvidencedCell found, SizeCurve curve)
    {
        var (result, threshold) = (found.Evidence.Result, found.Evidence.Analysis.Threshold);
        var of = curve.IncludesRanking ? "its 95 % interval (─) over prompts and rankings" : "the fit's 95 % interval (─)";
        console.WriteLine($"{found.Cell.Id}: faithfulness over budget, as found (●), isotonic fit (│), and {of}; the threshold is at ┊.");
        var most = Math.Max(1, curve.Band.Max(b => double.IsFinite(b.High) ? b.High : 1));
        most = Math.Max(most, curve.Faithfulness.Max());
        var table = Tables.Create(console, "#budget", "#edges", "#found", "#fit", "#judged", "0".PadRight(BarWidth - 4) + Figures.Of(most));
        for (var i = 0; i < curve.Budgets.Length; i++)
        {
            var size = result.Sizes[i];
            table.Row(
                Figures.Count(size.Budget),
                Figures.Count(size.Edges),
                Figures.Fixed(curve.Faithfulness[i]),
                Figures.Fixed(curve.Fit[i]),
                Figures.Fixed(result.JudgedFaithfulness(size).Value),
                Bar(curve, i, threshold, most));
        }

        console.Write(table);
        SizeText.Write(console, found.Evidence);
    }

    /// <summary>Marks over one another: interval, threshold, fit, value.</summary>
    private static string Bar(SizeCurve curve, int size, double threshold, double most)
    {
        var bar = new char[BarWidth];
        bar.AsSpan().Fill(' ');
        if (double.IsFinite(curve.Band[size].Low))
        {
            var (low, high) = (At(curve.Band[size].Low), At(curve.Band[size].High));
            bar.AsSpan(low, high - low + 1).Fill('─');
        }

        bar[At(threshold)] = '┊';
        bar[At(curve.Fit[size])] = '│';
        bar[At(curve.Faithfulness[size])] = '●';
        return new string(bar).TrimEnd();

        int At(double value) => (int)Math.Round(Math.Clamp(value / most, 0, 1) * (BarWidth - 1));
    }
}
