using System.Globalization;
using CircuitGrid.Circuits.Statistics;
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
        DifferenceVerdict.WithinNoise => "within noise: the examples don't tell the two circuits apart",
        DifferenceVerdict.BeyondNoise => "beyond noise: the circuits differ by more than the examples' noise; whether they do different things wasn't tried",
        DifferenceVerdict.StructuralOnly => "structural only: the circuits differ by more than noise, and each keeps the threshold in the other's place",
        DifferenceVerdict.Real => "real: the circuits differ by more than noise, and at least one doesn't keep the threshold in the other's place",
        _ => "nothing to compare: one of the two has no circuit, or too few examples to say how sure it is",
    };

    public static string Of(CellResult result) => (TaskStates.Of(result), result.Status) switch
    {
        (TaskState.Against, CellStatus.NoTask) => "against. The model's metric is significantly below zero: it favours the wrong answers, and there is no circuit",
        (TaskState.Against, _) => "against. The model's metric is significantly below zero: it favours the wrong answers, and the circuit was found for that",
        (_, CellStatus.Reached) => "a circuit keeps the threshold",
        (_, CellStatus.NotReached) => "no circuit tried keeps the threshold; the largest is shown",
        _ => "nothing there: the model doesn't do the task, so there is no circuit",
    };

    /// <summary>Four significant digits; infinity is infinity, and <c>–</c> what is no number.</summary>
    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "∞" : double.IsFinite(value) ? value.ToString("G4", CultureInfo.InvariantCulture) : Figures.Of(value);
}
