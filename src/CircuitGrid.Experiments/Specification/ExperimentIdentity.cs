using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Circuits.Search;
using CircuitGrid.Circuits.Selection;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Models.Hub;

namespace CircuitGrid.Experiments.Specification;

/// <summary>
/// The text by which experiments are told apart, written out member by member. Ids come from it and are kept by people and clusters: what stands
/// here stays, words included, and a new option adds to the text only where it isn't at its default.
/// </summary>
internal static class ExperimentIdentity
{
    private static readonly OptionNames<AttributionMethod> s_methods = new(
        ("Eap", AttributionMethod.Eap),
        ("EapIg", AttributionMethod.EapIg),
        ("CleanCorrupted", AttributionMethod.CleanCorrupted),
        ("EapQk", AttributionMethod.EapQk),
        ("RelP", AttributionMethod.RelP),
        ("Exact", AttributionMethod.Exact));

    private static readonly OptionNames<IntegrationPoints> s_points = new(
        ("CorruptedEnd", IntegrationPoints.CorruptedEnd),
        ("CleanEnd", IntegrationPoints.CleanEnd),
        ("Midpoint", IntegrationPoints.Midpoint),
        ("GaussLegendre", IntegrationPoints.GaussLegendre));

    private static readonly OptionNames<SelectionRule> s_selections = new(("Greedy", SelectionRule.Greedy), ("TopN", SelectionRule.TopN));

    private static readonly OptionNames<SplitRule> s_splits = new(("Half", SplitRule.Half), ("None", SplitRule.None));

    private static readonly OptionNames<AblationKind> s_ablations = new(
        ("Patching", AblationKind.Patching),
        ("Zero", AblationKind.Zero),
        ("Mean", AblationKind.Mean),
        ("PositionalMean", AblationKind.PositionalMean));

    private static readonly OptionNames<MetricKind> s_metrics = new(
        ("LogitDifference", MetricKind.LogitDifference), ("ProbabilityDifference", MetricKind.ProbabilityDifference),
        ("LogProbability", MetricKind.LogProbability), ("LogProbabilityDifference", MetricKind.LogProbabilityDifference), ("Divergence", MetricKind.Divergence));

    private static readonly OptionNames<TemplateSet> s_templates = new(("Published", TemplateSet.Published), ("Paraphrases", TemplateSet.Paraphrases));

    /// <summary>The SHA-256 of the text, in 64 lower-case hex digits.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="root">The folder that its paths are told from; <see langword="null"/> for full paths.</param>
    public static string Of(ExperimentSpec spec, string? root) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(TextOf(spec, root))));

    /// <summary>A task's part of the text, with full paths.</summary>
    public static string TextOf(TaskSpec task) => TextOf(task, root: null);

    private static string TextOf(TaskSpec task, string? root)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"TaskSpec {{ Name = {task.Name}, Pairs = {From(root, task.Pairs)}, Metric = {(task.Metric is { } metric ? s_metrics.Of(metric) : "")}, ");
        text.Append(CultureInfo.InvariantCulture, $"Lexicon = {From(root, task.Lexicon)}, Count = {task.Count}, Seed = {task.Seed}, PrependBos = {Flag(task.PrependBos)} }}");
        if (task.Templates != TemplateSet.Published)
        {
            text.Append(" templates=").Append(s_templates.Of(task.Templates));
        }

        return task.IgnoreColumns.IsEmpty ? text.ToString() : text.Append(" ignore-columns=").AppendJoin(',', task.IgnoreColumns).ToString();
    }

    private static string TextOf(ExperimentSpec spec, string? root)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"suite={SuiteOf(spec, root)}\nmodels={string.Join('\n', spec.Models)}\ncheckpoints={spec.Checkpoints}\nnumerics={spec.Numerics}\n");
        text.Append(CultureInfo.InvariantCulture, $"analysis={TextOf(spec.Analysis)}\ncomparison={TextOf(spec.Comparison)}\n");
        foreach (var task in spec.Tasks)
        {
            text.Append("task=").Append(TextOf(task, root)).Append('\n');
        }

        if (spec.Heads)
        {
            text.Append("heads\n");
        }

        if (!spec.Ignore.IsEmpty)
        {
            text.Append("ignore=").AppendJoin(',', spec.Ignore).Append('\n');
        }

        if (!spec.Accept.IsEmpty)
        {
            text.Append("accept=").AppendJoin(',', spec.Accept).Append('\n');
        }

        if (spec.Pattern is { } pattern)
        {
            text.Append("pattern=").Append(pattern.Text).Append('\n');
        }

        return text.ToString();
    }

    private static string SuiteOf(ExperimentSpec spec, string? root)
    {
        if (!RemoteSuite.IsOne(spec.Suite))
        {
            return From(root, Path.GetFullPath(spec.Suite));
        }

        var address = UrlList.IsOne(spec.Suite) ? UrlList.Scheme + From(root, spec.Suite[UrlList.Scheme.Length..]) : spec.Suite;
        return string.Create(CultureInfo.InvariantCulture, $"{spec.SuiteName}={address}={spec.TokensPerStep}");
    }

    /// <summary>A path as seen from a root, the same on every system and however its end is written.</summary>
    [return: NotNullIfNotNull(nameof(path))]
    private static string? From(string? root, string? path) =>
        root is null || path is null ? path : Path.TrimEndingDirectorySeparator(Path.GetRelativePath(root, path)).Replace(Path.DirectorySeparatorChar, '/');

    private static string TextOf(AnalysisSpec analysis) => string.Create(
        CultureInfo.InvariantCulture,
        $"AnalysisSpec {{ Method = {s_methods.Of(analysis.Method)}, Steps = {analysis.Steps}, Points = {s_points.Of(analysis.Points)}, Selection = {s_selections.Of(analysis.Selection)}, Absolute = {Flag(analysis.Absolute)}, Threshold = {analysis.Threshold}, MaxEdges = {analysis.MaxEdges}, Blocks = {analysis.Blocks}, Split = {s_splits.Of(analysis.Split)}, Ablation = {s_ablations.Of(analysis.Ablation)}{SamplingOf(analysis)} }}");

    /// <summary>Nothing for the ways that were the only ones once: such experiments are what they were.</summary>
    private static string SamplingOf(AnalysisSpec analysis) =>
        (analysis.Search == SearchRule.Bisection ? "" : $", Search = {SpecNames.Search.Of(analysis.Search)}")
        + (analysis.Sampling == SamplingRule.Examples ? "" : $", Sampling = {SpecNames.Sampling.Of(analysis.Sampling)}");

    private static string TextOf(ComparisonOptions comparison) => string.Create(
        CultureInfo.InvariantCulture,
        $"ComparisonOptions {{ IncludeNotReached = {Flag(comparison.IncludeNotReached)}, IncludeNoTask = {Flag(comparison.IncludeNoTask)}, MinimumStep = {comparison.MinimumStep} }}");

    private static string Flag(bool value) => value ? "True" : "False";
}
