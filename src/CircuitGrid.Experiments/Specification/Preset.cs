using System.Collections.Immutable;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Experiments.Specification;

/// <summary>A named set of defaults.</summary>
/// <param name="Analysis">What an experiment that leaves analysis options out gets.</param>
/// <param name="Comparison">Likewise for comparisons.</param>
internal sealed record Preset(AnalysisSpec Analysis, ComparisonOptions Comparison)
{
    /// <summary>Our own defaults.</summary>
    public static Preset Standard { get; } = new(new AnalysisSpec(), new ComparisonOptions());

    /// <summary>
    /// The published setting (method, §3–5, §8.3): 30 steps, no split, a bisection for the size, blocks of neighbouring examples, sizes from step 1000 on. Numbers of examples are the paper's anyway.
    /// </summary>
    public static Preset Paper { get; } = new(new AnalysisSpec { Steps = 30, Split = SplitRule.None, Search = SearchRule.Bisection, Sampling = SamplingRule.Examples }, new ComparisonOptions { MinimumStep = 1000 });

    public static ImmutableArray<string> Names { get; } = ["standard", "paper"];

    public static Preset? Named(string name) => name switch
    {
        "standard" => Standard,
        "paper" => Paper,
        _ => null,
    };
}
