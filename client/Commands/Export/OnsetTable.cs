using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every model and task: the tokens at which the model learns it.</summary>
internal static class OnsetTable
{
    public const string Heading = "suite,model,task,first_tokens,first_low,first_high,midpoint_tokens,midpoint_low,midpoint_high";

    public static string Row(TaskOnset task) => CsvRow.Of(
        task.Suite,
        task.Model,
        task.Task,
        task.Onset.First,
        task.Onset.FirstInterval.Low,
        task.Onset.FirstInterval.High,
        task.Onset.Midpoint,
        task.Onset.MidpointInterval.Low,
        task.Onset.MidpointInterval.High);
}
