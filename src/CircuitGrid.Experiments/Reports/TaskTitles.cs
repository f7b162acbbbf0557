using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Compute;

namespace CircuitGrid.Experiments.Reports;

/// <summary>What people call tasks and their metrics.</summary>
internal static class TaskTitles
{
    public static string Of(string task) => TaskLibrary.Tasks.FirstOrDefault(t => string.Equals(t.Name, task, StringComparison.Ordinal))?.Title ?? task;

    public static string Unit(MetricKind metric) => metric switch
    {
        MetricKind.LogitDifference => "logits",
        MetricKind.ProbabilityDifference => "probability",
        _ => "nats",
    };
}
