using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Experiments.Specification;

/// <summary>The words an experiment's file, the console and a cell's key use for options.</summary>
public static class SpecNames
{
    public static OptionNames<AttributionMethod> Method { get; } = new(
        ("eap", AttributionMethod.Eap),
        ("eap-ig", AttributionMethod.EapIg),
        ("clean-corrupted", AttributionMethod.CleanCorrupted),
        ("eap-qk", AttributionMethod.EapQk),
        ("relp", AttributionMethod.RelP),
        ("exact", AttributionMethod.Exact));

    public static OptionNames<IntegrationPoints> Points { get; } = new(
        ("corrupted-end", IntegrationPoints.CorruptedEnd),
        ("clean-end", IntegrationPoints.CleanEnd),
        ("midpoint", IntegrationPoints.Midpoint),
        ("gauss-legendre", IntegrationPoints.GaussLegendre));

    public static OptionNames<SelectionRule> Selection { get; } = new(
        ("greedy", SelectionRule.Greedy),
        ("top-n", SelectionRule.TopN));

    public static OptionNames<AblationKind> Ablation { get; } = new(
        ("patching", AblationKind.Patching),
        ("zero", AblationKind.Zero),
        ("mean", AblationKind.Mean),
        ("positional-mean", AblationKind.PositionalMean));

    public static OptionNames<SplitRule> Split { get; } = new(
        ("half", SplitRule.Half),
        ("none", SplitRule.None));

    public static OptionNames<SearchRule> Search { get; } = new(
        ("grid", SearchRule.Grid),
        ("bisection", SearchRule.Bisection));

    public static OptionNames<SamplingRule> Sampling { get; } = new(
        ("templates", SamplingRule.Templates),
        ("examples", SamplingRule.Examples));

    public static OptionNames<WeightPrecision> Precision { get; } = new(
        ("float32", WeightPrecision.Float32),
        ("tf32", WeightPrecision.TensorFloat32),
        ("bfloat16", WeightPrecision.BFloat16),
        ("float16", WeightPrecision.Float16));

    public static OptionNames<MetricKind> Metric { get; } = new(
        ("logit-diff", MetricKind.LogitDifference),
        ("prob-diff", MetricKind.ProbabilityDifference),
        ("log-prob", MetricKind.LogProbability),
        ("log-prob-diff", MetricKind.LogProbabilityDifference),
        ("kl", MetricKind.Divergence));

    public static OptionNames<TemplateSet> Templates { get; } = new(
        ("published", TemplateSet.Published),
        ("paraphrases", TemplateSet.Paraphrases));
}

/// <summary>Two-way table between the values of an option and their words.</summary>
/// <typeparam name="T">The option.</typeparam>
public sealed class OptionNames<T>
    where T : struct, Enum
{
    private readonly ImmutableArray<(string Name, T Value)> table;

    internal OptionNames(params ReadOnlySpan<(string Name, T Value)> table)
    {
        this.table = [.. table];
        All = [.. this.table.Select(x => x.Name)];
    }

    /// <summary>All words, in the order people should see them.</summary>
    public ImmutableArray<string> All { get; }

    /// <summary>The word of a value.</summary>
    public string Of(T value) => table.First(x => EqualityComparer<T>.Default.Equals(x.Value, value)).Name;

    /// <summary>The value of a word; words are matched exactly.</summary>
    public bool TryParse(string name, out T value)
    {
        foreach (var (known, meaning) in table)
        {
            if (string.Equals(known, name, StringComparison.Ordinal))
            {
                value = meaning;
                return true;
            }
        }

        value = default;
        return false;
    }
}
