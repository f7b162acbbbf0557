using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every model and task: when the model learns it.</summary>
internal static class OnsetTable
{
    public static readonly string Heading = $"suite,model,task,threshold,run,{Columns("")}";

    public static string Row(TaskOnset task) => CsvRow.Of([task.Suite, task.Model, task.Task, task.Threshold, Circuits.Statistics.Onset.RunLength, .. Fields(task.Onset)]);

    /// <summary>The columns of an onset.</summary>
    /// <param name="prefix">What their names begin with.</param>
    public static string Columns(string prefix) => string.Join(
        ',',
        ((string[])
        [
            "after_step", "after_tokens", "by_step", "by_tokens", "shown", "lost_step", "lost_tokens", "back_step", "back_tokens", "intervals", "third_of_maximum_tokens",
            "midpoint_tokens", "midpoint_low", "midpoint_high", "fit",
        ]).Select(name => prefix + name));

    /// <summary>What stands in them.</summary>
    public static object?[] Fields(TrainingOnset onset) =>
    [
        onset.After?.Step,
        onset.After?.Tokens,
        onset.First?.By.Step,
        onset.First?.By.Tokens,
        onset.First?.Shown ?? 0,
        onset.First?.LostAt?.Step,
        onset.First?.LostAt?.Tokens,
        onset.Second?.By.Step,
        onset.Second?.By.Tokens,
        onset.HasIntervals,
        onset.Rise.ShareReached,
        onset.Rise.Fit.Midpoint,
        onset.Rise.MidpointInterval?.Low,
        onset.Rise.MidpointInterval?.High,
        FitNames.Of(onset.Rise.Fit.Outcome),
    ];
}
