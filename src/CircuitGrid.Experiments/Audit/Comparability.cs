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
    public static ImmutableArray<string> Fields { get; } = ["activation", "context", "epsilon", "mlp", "parallel", "rotary-base", "rotary-dimensions", "tied", Tokenizer, "vocabulary"];

    /// <summary>The settings of a cell, a line each, without those that may differ.</summary>
    public static string SettingsOf(PlannedCell cell, CheckpointInfo info, ImmutableArray<string> accepted) => string.Join(
        '\n',
        info.Settings.Select(s => (s.Key, s.Value))
            .Append((Key: Tokenizer, Value: cell.Fingerprint?.ExamplesDigest ?? ""))
            .Where(s => !accepted.Contains(s.Key, StringComparer.Ordinal))
            .Select(s => $"{s.Key}={s.Value}"));

    /// <summary>The fields that two cells' settings differ in; empty where they are comparable.</summary>
    public static ImmutableArray<string> Differences(string settings, string others)
    {
        var there = others.Split('\n').ToHashSet(StringComparer.Ordinal);
        return [.. settings.Split('\n').Where(line => !there.Contains(line)).Select(line => line.Split('=', 2)[0])];
    }
}
