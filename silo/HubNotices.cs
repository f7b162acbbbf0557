using Microsoft.Extensions.Logging;

namespace CircuitGrid.Silo;

/// <summary>Writes what the hub wants people to know, and what is waited for, into the silo's log.</summary>
internal sealed partial class HubNotices
{
    private ILogger? logger;

    /// <summary>Says it from now on to a log. Before, nothing is fetched.</summary>
    public void To(ILogger log) => logger = log;

    public void Say(string notice)
    {
        if (logger is { } log)
        {
            LogNotice(log, notice);
        }
    }

    [LoggerMessage(60, LogLevel.Information, "{Notice}")]
    private static partial void LogNotice(ILogger logger, string notice);
}
