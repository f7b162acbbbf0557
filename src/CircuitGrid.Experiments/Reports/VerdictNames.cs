using CircuitGrid.Circuits.Statistics;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files and the page have for verdicts.</summary>
public static class VerdictNames
{
    public static string Of(DifferenceVerdict verdict) => verdict switch
    {
        DifferenceVerdict.WithinNoise => "within-noise",
        DifferenceVerdict.BeyondNoise => "beyond-noise",
        DifferenceVerdict.StructuralOnly => "structural-only",
        DifferenceVerdict.Real => "real",
        _ => "no-circuit",
    };
}
