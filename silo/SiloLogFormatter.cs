using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace CircuitGrid.Silo;

/// <summary>
/// One line an event. Of the libraries below, each kind of event is told once a minute and by its cause alone: a storage that is away, or a silo that died, is
/// news once and not ten thousand times, and their stack traces say nothing of it. While the silo joins they say nothing at all: its end says what is wrong.
/// </summary>
internal sealed class SiloLogFormatter(SiloJoining joining, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "silo";
    private const string Own = "CircuitGrid";
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Category, int Event), long> told = new();

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var isOwn = logEntry.Category.StartsWith(Own, StringComparison.Ordinal);
        if (Ending.HasBegun || (!isOwn && (!joining.HasJoined || !IsNews(logEntry.Category, logEntry.EventId.Id))))
        {
            return;
        }

        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {Word(logEntry.LogLevel)}: {logEntry.Category}[{logEntry.EventId.Id}] {logEntry.Formatter(logEntry.State, logEntry.Exception)}");
        if (logEntry.Exception is { } exception)
        {
            line += $" {(isOwn ? exception.ToString() : StartFault.Of(exception))}";
        }

        textWriter.WriteLine(line.ReplaceLineEndings(" "));
    }

    private bool IsNews(string category, int id)
    {
        var now = time.GetTimestamp();
        var isNews = false;
        told.AddOrUpdate(
            (category, id),
            _ =>
            {
                isNews = true;
                return now;
            },
            (_, before) =>
            {
                isNews = time.GetElapsedTime(before, now) >= Pause;
                return isNews ? now : before;
            });
        return isNews;
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
