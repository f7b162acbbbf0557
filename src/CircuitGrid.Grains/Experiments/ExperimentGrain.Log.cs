using CircuitGrid.Experiments.Hosting;
using Microsoft.Extensions.Logging;

namespace CircuitGrid.Grains.Experiments;

internal sealed partial class ExperimentGrain
{
    [LoggerMessage(20, LogLevel.Information, "Experiment {Id} ({Name}) starts.")]
    private partial void LogStarted(string id, string name);

    [LoggerMessage(21, LogLevel.Information, "Experiment {Id} goes on.")]
    private partial void LogResuming(string id);

    [LoggerMessage(22, LogLevel.Information, "Experiment {Id} ended: {Phase} {Fault}")]
    private partial void LogEnded(string id, HostedPhase phase, string fault);

    [LoggerMessage(23, LogLevel.Warning, "Experiment {Id} couldn't reach a part of the cluster and looks again: {Reason}")]
    private partial void LogLookFailed(string id, string reason);

    [LoggerMessage(26, LogLevel.Warning, "Experiment {Id} can't be planned now and waits: {Reason}")]
    private partial void LogHubMissed(string id, string reason);

    [LoggerMessage(27, LogLevel.Warning, "Experiment {Id}: {Count} results aren't in {Store} any more and are computed again.")]
    private partial void LogResultsLost(string id, int count, string store);

    [LoggerMessage(28, LogLevel.Warning, "Experiment {Id} finds that silos' suites differ: {Difference}")]
    private partial void LogDiffers(string id, string difference);

    [LoggerMessage(29, LogLevel.Warning, "Experiment {Id} can't be planned here: {Reason}")]
    private partial void LogElsewhere(string id, string reason);

    [LoggerMessage(24, LogLevel.Error, "Experiment {Id} ran into something unforeseen and looks again.")]
    private partial void LogLookBroken(string id, Exception error);
}
