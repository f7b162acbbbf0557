using CircuitGrid.Client.Hosting;
using Spectre.Console;

namespace CircuitGrid.Client.Output;

/// <summary>A bar with the share done and the time left, on a terminal; nothing elsewhere.</summary>
internal static class ShareBar
{
    /// <summary>Runs work that reports the share it has done, 0…1.</summary>
    public static Task<T> RunAsync<T>(CommandContext context, string title, Func<IProgress<double>?, T> work) =>
        RunAsync(context, title, progress => Task.FromResult(work(progress)));

    /// <inheritdoc cref="RunAsync{T}(CommandContext, string, Func{IProgress{double}, T})"/>
    public static async Task<T> RunAsync<T>(CommandContext context, string title, Func<IProgress<double>?, Task<T>> work)
    {
        if (!context.Interactive)
        {
            return await work(null);
        }

        return await context.Console.Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bars =>
            {
                var bar = bars.AddTask(Markup.Escape(title), maxValue: 1);
                return await Task.Run(() => work(new Share(bar)), context.Cancellation);
            });
    }

    /// <summary>Reports where it is called: <see cref="Progress{T}"/> would do so later, from another thread, and out of order.</summary>
    private sealed class Share(ProgressTask bar) : IProgress<double>
    {
        public void Report(double value) => bar.Value = value;
    }
}
