using Microsoft.Extensions.Logging;

namespace CircuitGrid.Web.Hosting;

/// <summary>A log for a program that has none: a line for each message, and those of its exception after it.</summary>
/// <param name="write">Takes a line.</param>
internal sealed class LineLoggerProvider(Action<string> write) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(write);

    public void Dispose()
    {
        // whoever takes the lines owns where they go
    }

    private sealed class LineLogger(Action<string> write) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            write(formatter(state, exception));
            foreach (var line in exception?.ToString().Split('\n') ?? [])
            {
                write(line.TrimEnd('\r'));
            }
        }
    }
}
