using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files and the page have for verdicts.</summary>
public static class VerdictNames
{
    public static string Of(DifferenceVerdict verdict) => verdict switch
    {
        DifferenceVerdict.Different => "different",
        DifferenceVerdict.Same => "same",
        DifferenceVerdict.Undecided => "undecided",
        DifferenceVerdict.TooFewBlocks => "too-few-blocks",
        _ => "no-circuit",
    };

    public static string Of(SizeVerdict verdict) => verdict switch
    {
        SizeVerdict.Different => "different",
        SizeVerdict.Same => "same",
        SizeVerdict.Undecided => "undecided",
        _ => "unknown",
    };
}
