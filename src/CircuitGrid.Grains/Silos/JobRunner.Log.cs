using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Silos;

internal sealed partial class JobRunner
{
    private readonly ILogger logger = logger;

    [LoggerMessage(10, LogLevel.Information, "Loading {Checkpoint} onto {Device}.")]
    private partial void LogLoading(string checkpoint, string device);

    [LoggerMessage(11, LogLevel.Information, "Computing {Cell} (job {Job}) on {Device}.")]
    private partial void LogComputing(string cell, string job, string device);

    [LoggerMessage(12, LogLevel.Information, "Computed {Cell} in {Seconds:0.000} s.")]
    private partial void LogComputed(string cell, double seconds);

    [LoggerMessage(13, LogLevel.Warning, "Cell {Cell} failed: {Reason}")]
    private partial void LogFailed(string cell, string reason);

    [LoggerMessage(15, LogLevel.Warning, "Job {Job} is handed back, to be tried again: {Reason}")]
    private partial void LogHindered(string job, string reason);

    [LoggerMessage(16, LogLevel.Warning, "Job {Job} for {Checkpoint} is handed back, to be done by others or planned again: {Reason}")]
    private partial void LogReturned(string job, string checkpoint, string reason);

    [LoggerMessage(14, LogLevel.Warning, "{Device} has no memory for {Checkpoint} ({Reason}); trying once more without the weights it kept.")]
    private partial void LogNoMemory(string checkpoint, string device, string reason);
}
