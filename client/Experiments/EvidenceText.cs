using System.Globalization;
using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Cells;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Experiments;

/// <summary>How sure something is, in words.</summary>
internal static class EvidenceText
{
    /// <summary><c>12.4 (95 %: 9.1 to 15)</c>; <c>∞</c> where a search found nothing.</summary>
    public static string Of(double value, Interval interval) => $"{Number(value)} (95 %: {Number(interval.Low)} to {Number(interval.High)})";

    public static string Of(EdgeVerdict verdict) => verdict switch
    {
        EdgeVerdict.Certified => "certified",
        EdgeVerdict.Rejected => "rejected",
        _ => "uncertain",
    };

    /// <summary>The verdict as JSON and CSV name it.</summary>
    public static string NameOf(DifferenceVerdict verdict) => VerdictNames.Of(verdict);

    public static string Of(DifferenceVerdict verdict) => verdict switch
    {
        DifferenceVerdict.Different => "different: the circuits share less than two draws of prompts from one model would",
        DifferenceVerdict.Same => $"same: what the circuits share falls short of what noise alone leaves by less than {Number(CircuitDifference.Margin)}",
        DifferenceVerdict.Undecided => "undecided: the prompts show neither a difference nor that there is none",
        DifferenceVerdict.TooFewBlocks => "nothing said: there are too few blocks of examples to say how the circuits vary",
        _ => "nothing to compare: the two cells don't both have a circuit",
    };

    public static string Of(SizeVerdict verdict) => verdict switch
    {
        SizeVerdict.Different => "their sizes differ: the intervals have nothing in common",
        SizeVerdict.Same => $"their sizes are the same within a factor of {Number(SizeCurve.Resolution)}",
        SizeVerdict.Undecided => "whether their sizes differ isn't determined",
        _ => "their sizes have no intervals",
    };

    /// <summary>What a verdict holds over.</summary>
    public static string Of(SamplingRule scope) => scope == SamplingRule.Templates ? "over templates of the task" : "over prompts of these templates";

    /// <summary>How well a size is known: <c>10 (95 %: 7 to 28), not determined between 7 and 28</c>.</summary>
    public static string Of(SizeCurve curve) =>
        double.IsPositiveInfinity(curve.SmallestBudget) && !double.IsFinite(curve.SmallestBudgetInterval.Low) ? $"more than {Number(curve.Budgets[^1])}, the largest tried"
        : double.IsNaN(curve.SmallestBudgetInterval.Low) ? $"{Number(curve.SmallestBudget)}, without an interval because there is one sampling unit"
        : Of(curve.SmallestBudget, curve.SmallestBudgetInterval)
            + (curve.IsDetermined ? "" : $", not determined between {Number(curve.SmallestBudgetInterval.Low)} and {Number(curve.SmallestBudgetInterval.High)}")
            + (curve.IncludesRanking ? "" : ", for this ranking and the sizes tried alone");

    public static string Of(CellResult result, TaskDataset? dataset) => (TaskStates.Of(result, dataset), result.Status) switch
    {
        (TaskState.Against, _) when result.MetricWithoutZero is not null => "against: with everything ablated the model does significantly better, so there is no circuit",
        (TaskState.Against, CellStatus.NoTask) => "against: the model's metric is significantly below zero, so it favours the wrong answers, and there is no circuit",
        (TaskState.Against, _) => "against: the model's metric is significantly below zero, so it favours the wrong answers; the circuit was found for that",
        (TaskState.OneExample, _) => "nothing said: one example can't tell whether the model does the task, so no circuit was looked for",
        (_, CellStatus.Reached) => "a circuit keeps the threshold",
        (_, CellStatus.NotReached) => "no circuit tried keeps the threshold; the largest is shown",
        _ when dataset is not null && result.MetricOf(dataset).Low > CellResult.SmallestEffect(dataset.Metric) =>
            "nothing there: with everything ablated the model does as much of the task, so there is no circuit",
        _ when result.MetricWithoutZero is not null => "nothing there: the model isn't seen to do better than with everything ablated, so there is no circuit",
        _ => "nothing there: the model isn't seen to do the task, so there is no circuit",
    };

    /// <summary>Four significant digits; infinity is infinity, and <c>–</c> what is no number.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "∞" : double.IsNegativeInfinity(value) ? "−∞" : double.IsFinite(value) ? value.ToString("G4", CultureInfo.InvariantCulture) : Figures.Of(value);
}
