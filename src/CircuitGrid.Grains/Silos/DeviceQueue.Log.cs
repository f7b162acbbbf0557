using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Silos;

internal sealed partial class DeviceQueue
{
    [LoggerMessage(1, LogLevel.Information, "Draining: {Jobs} jobs come to an end, no more are taken.")]
    private partial void LogDraining(int jobs);

    [LoggerMessage(2, LogLevel.Information, "Drained.")]
    private partial void LogDrained();

    [LoggerMessage(3, LogLevel.Error, "Job {Job} can't go on; its cells are handed back.")]
    private partial void LogJobFailed(string job, Exception error);

    [LoggerMessage(4, LogLevel.Debug, "The experiment didn't hear of job {Job}: {Reason} It will ask.")]
    private partial void LogNotHeard(string job, string reason);
}
