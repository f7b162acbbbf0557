using CircuitGrid.Circuits.Statistics;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Experiments;

/// <summary>Onsets as people and machines read them.</summary>
internal static class OnsetText
{
    /// <summary><c>after 1.02 M, by 1.28 M; lost at 2.1 M</c>, in tokens; <c>after step 100, by step 500</c> where nobody knows them.</summary>
    public static string Of(TrainingOnset onset, TokensKnown known)
    {
        if (onset.First is not { } run)
        {
            return onset.After is { } last ? $"not seen; after {At(last)} if at all" : "not seen";
        }

        var between = run.After is { } after ? $"after {At(after)}, by {At(run.By)}" : $"at or before {At(run.By)}";
        var lost = run.LostAt is { } gone ? $"; lost at {At(gone)}" : "";
        var back = onset.Second is { } second ? $", back by {At(second.By)}" : "";
        var shown = run is { IsShort: true, LostAt: null } ? $"; shown by {Figures.Count(run.Shown)} of {Figures.Count(Onset.RunLength)}" : "";
        return between + lost + back + shown;

        string At(TrainingMoment moment) => TrainingTimeText.At(moment.Tokens, known);
    }

    /// <summary>The midpoint of a fitted rise with its interval, or why there is none.</summary>
    public static string Of(Rise rise, TokensKnown known) => rise switch
    {
        { Fit.Outcome: FitOutcome.Converged, MidpointInterval: var (low, high) } =>
            $"{TrainingTimeText.At(rise.Fit.Midpoint, known)} ({TrainingTimeText.At(low, known)} to {TrainingTimeText.At(high, known)})",
        { Fit.Outcome: FitOutcome.Converged } => TrainingTimeText.At(rise.Fit.Midpoint, known),
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

    /// <summary>An onset as JSON has it: what is in tokens is null where nobody knows them, and stands beside it in steps.</summary>
    public static object Describe(TrainingOnset onset, TokensKnown known)
    {
        var (inTokens, inSteps) = known == TokensKnown.Unknown ? (null, onset.Rise) : (onset.Rise, (Rise?)null);
        return new
        {
            After = Describe(onset.After, known),
            By = Describe(onset.First?.By, known),
            Shown = onset.First?.Shown ?? 0,
            LostAt = Describe(onset.First?.LostAt, known),
            BackBy = Describe(onset.Second?.By, known),
            onset.HasIntervals,
            ThirdOfMaximum = inTokens?.ShareReached,
            inTokens?.Fit.Midpoint,
            inTokens?.MidpointInterval,
            Fit = FitNames.Of(onset.Rise.Fit.Outcome),
            TokensKnown = known,
            ThirdOfMaximumStep = inSteps?.ShareReached,
            MidpointStep = inSteps?.Fit.Midpoint,
            MidpointStepInterval = inSteps?.MidpointInterval,
        };
    }

    private static object? Describe(TrainingMoment? moment, TokensKnown known) =>
        moment is var (step, tokens) ? new { Step = step, Tokens = known == TokensKnown.Unknown ? (double?)null : tokens } : null;

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
