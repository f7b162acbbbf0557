using System.Collections.Immutable;
using CircuitGrid.Experiments.Grid;

namespace CircuitGrid.Experiments.Audit;

/// <summary>
/// Whether results of two checkpoints of a model can be held against each other: their configurations must agree in every field that a result depends on, and
/// their tokenizers in the tokens of the task's prompts, unless the experiment accepts the difference.
/// </summary>
public static class Comparability
{
    /// <summary>What stands for the tokens of a task's prompts among the fields of a configuration.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>Names of what a configuration can differ in, and an experiment can accept.</summary>
    public static ImmutableArray<string> Fields { get; } =
    [
        "activation", "attention-cap", "biases", "context", "divides-by-layer", "epsilon", "gated", "head", "keys", "logit-cap", "mlp", "norm", "norm-offset", "norm-weights", "norms",
        "parallel", "qk-norm", "qkv-limit", "query-scalar", "rotary-base", "rotary-dimensions", "scaled-embedding", "scaling", "tied", Tokenizer, "unrotated", "vocabulary", "window",
        "windowed", "windowed-unscaled",
    ];

    /// <summary>The settings of a cell, a line each, without those that may differ.</summary>
    public static string SettingsOf(PlannedCell cell, CheckpointInfo info, ImmutableArray<string> accepted) => string.Join(
        '\n',
        info.Settings.Select(s => (s.Key, s.Value))
            .Append((Key: Tokenizer, Value: cell.Fingerprint?.ExamplesDigest ?? ""))
            .Where(s => !accepted.Contains(s.Key, StringComparer.Ordinal))
            .Select(s => $"{s.Key}={s.Value}"));

    /// <summary>The fields that two cells' settings differ in, those included that one of them has and the other hasn't; empty where they are comparable.</summary>
    public static ImmutableArray<string> Differences(string settings, string others)
    {
        var (here, there) = (settings.Split('\n'), others.Split('\n'));
        return [.. here.Except(there, StringComparer.Ordinal).Concat(there.Except(here, StringComparer.Ordinal)).Select(line => line.Split('=', 2)[0]).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The fields that two configurations differ in, with both values; one that a configuration hasn't is <c>none</c> there.</summary>
    public static IEnumerable<(string Field, string Before, string Now)> Differences(CheckpointInfo before, CheckpointInfo now) =>
        from field in before.Settings.Keys.Union(now.Settings.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
        let values = (before.Settings.GetValueOrDefault(field, "none"), now.Settings.GetValueOrDefault(field, "none"))
        where !string.Equals(values.Item1, values.Item2, StringComparison.Ordinal)
        select (field, values.Item1, values.Item2);
}
