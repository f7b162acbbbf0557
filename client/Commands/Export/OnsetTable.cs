using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every model and task: when the model learns it.</summary>
internal static class OnsetTable
{
    public static readonly string Heading = $"suite,model,task,threshold,run,{Columns("")},{StepColumns("")},tokens_known";

    public static string Row(TaskOnset task) => CsvRow.Of(
    [
        task.Suite,
        task.Model,
        task.Task,
        task.Threshold,
        Circuits.Statistics.Onset.RunLength,
        .. Fields(task.Onset, task.TokensKnown),
        .. StepFields(task.Onset, task.TokensKnown),
        TokensKnownNames.Of(task.TokensKnown),
    ]);

    /// <summary>The columns of an onset.</summary>
    /// <param name="prefix">What their names begin with.</param>
    public static string Columns(string prefix) => Named(
        prefix,
        [
            "after_step", "after_tokens", "by_step", "by_tokens", "shown", "lost_step", "lost_tokens", "back_step", "back_tokens", "intervals", "third_of_maximum_tokens",
            "midpoint_tokens", "midpoint_low", "midpoint_high", "fit",
        ]);

    /// <summary>The columns of what an onset has in steps where nobody knows the tokens.</summary>
    /// <param name="prefix">What their names begin with.</param>
    public static string StepColumns(string prefix) => Named(prefix, ["third_of_maximum_step", "midpoint_step", "midpoint_step_low", "midpoint_step_high"]);

    /// <summary>What stands in <see cref="Columns"/>.</summary>
    public static object?[] Fields(TrainingOnset onset, TokensKnown known)
    {
        var hasTokens = known != TokensKnown.Unknown;
        return
        [
            onset.After?.Step,
            TokensOf(onset.After),
            onset.First?.By.Step,
            TokensOf(onset.First?.By),
            onset.First?.Shown ?? 0,
            onset.First?.LostAt?.Step,
            TokensOf(onset.First?.LostAt),
            onset.Second?.By.Step,
            TokensOf(onset.Second?.By),
            onset.HasIntervals,
            .. Rise(onset, isWanted: hasTokens),
            FitNames.Of(onset.Rise.Fit.Outcome),
        ];

        double? TokensOf(TrainingMoment? moment) => hasTokens ? moment?.Tokens : null;
    }

    /// <summary>What stands in <see cref="StepColumns"/>.</summary>
    public static object?[] StepFields(TrainingOnset onset, TokensKnown known) => Rise(onset, isWanted: known == TokensKnown.Unknown);

    private static object?[] Rise(TrainingOnset onset, bool isWanted) => isWanted
        ? [onset.Rise.ShareReached, onset.Rise.Fit.Midpoint, onset.Rise.MidpointInterval?.Low, onset.Rise.MidpointInterval?.High]
        : [null, null, null, null];

    private static string Named(string prefix, IEnumerable<string> names) => string.Join(',', names.Select(name => prefix + name));
}
