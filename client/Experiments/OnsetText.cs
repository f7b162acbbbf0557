using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Experiments;

/// <summary>Onsets as people and machines read them.</summary>
internal static class OnsetText
{
    /// <summary><c>after 1.02M, by 1.28M; lost at 2.1M</c>, in tokens.</summary>
    public static string Of(TrainingOnset onset)
    {
        if (onset.First is not { } run)
        {
            return onset.After is { } last ? $"not seen; after {Figures.Tokens(last.Tokens)} if at all" : "not seen";
        }

        var between = run.After is { } after ? $"after {Figures.Tokens(after.Tokens)}, by {Figures.Tokens(run.By.Tokens)}" : $"at or before {Figures.Tokens(run.By.Tokens)}";
        var lost = run.LostAt is { } gone ? $"; lost at {Figures.Tokens(gone.Tokens)}" : "";
        var back = onset.Second is { } second ? $", back by {Figures.Tokens(second.By.Tokens)}" : "";
        var shown = run is { IsShort: true, LostAt: null } ? $"; shown by {Figures.Count(run.Shown)} of {Figures.Count(Onset.RunLength)}" : "";
        return between + lost + back + shown;
    }

    /// <summary>The midpoint of a fitted rise with its interval, or why there is none.</summary>
    public static string Of(Rise rise) => rise switch
    {
        { Fit.Outcome: FitOutcome.Converged, MidpointInterval: var (low, high) } => $"{Figures.Tokens(rise.Fit.Midpoint)} ({Figures.Tokens(low)} to {Figures.Tokens(high)})",
        { Fit.Outcome: FitOutcome.Converged } => Figures.Tokens(rise.Fit.Midpoint),
        _ => Why(rise.Fit.Outcome),
    };

    public static string Of(OnsetOrder order) => order switch
    {
        OnsetOrder.Before => "before the task",
        OnsetOrder.With => "with the task",
        OnsetOrder.After => "after the task",
        OnsetOrder.Gone => "gone when the task appears",
        OnsetOrder.NotSeen => "role not seen",
        OnsetOrder.NoTask => "task not seen",
        _ => "not determined",
    };

    /// <summary>An onset as JSON has it.</summary>
    public static object Describe(TrainingOnset onset) => new
    {
        onset.After,
        onset.First?.By,
        Shown = onset.First?.Shown ?? 0,
        onset.First?.LostAt,
        BackBy = onset.Second?.By,
        onset.HasIntervals,
        ThirdOfMaximum = onset.Rise.ShareReached,
        onset.Rise.Fit.Midpoint,
        onset.Rise.MidpointInterval,
        Fit = FitNames.Of(onset.Rise.Fit.Outcome),
    };

    private static string Why(FitOutcome outcome) => outcome switch
    {
        FitOutcome.TooFewPoints => "too few checkpoints",
        FitOutcome.NoRise => "no rise",
        FitOutcome.MiddleAtStart => "risen at the start",
        FitOutcome.MiddleAtEnd => "still rising at the end",
        FitOutcome.TooFlat => "too flat a rise",
        FitOutcome.TooSteep => "between two checkpoints",
        _ => "the fit did not converge",
    };
}
