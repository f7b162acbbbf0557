using CircuitGrid.Experiments.Comparison.Onsets;

namespace CircuitGrid.Experiments.Reports;

/// <summary>Puts onsets into a report.</summary>
internal static class ReportOnsetBuilder
{
    public static ReportOnset Onset(TrainingOnset onset) => new()
    {
        After = Moment(onset.After),
        By = Moment(onset.First?.By),
        Shown = onset.First?.Shown ?? 0,
        LostAt = Moment(onset.First?.LostAt),
        BackBy = Moment(onset.Second?.By),
        HasIntervals = onset.HasIntervals,
        ThirdOfMaximum = Finite(onset.Rise.ShareReached),
        Midpoint = Finite(onset.Rise.Fit.Midpoint),
        MidpointLow = Finite(onset.Rise.MidpointInterval?.Low),
        MidpointHigh = Finite(onset.Rise.MidpointInterval?.High),
        Fit = FitNames.Of(onset.Rise.Fit.Outcome),
    };

    private static ReportMoment? Moment(TrainingMoment? moment) => moment is var (step, tokens) ? new(step, tokens) : null;

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
