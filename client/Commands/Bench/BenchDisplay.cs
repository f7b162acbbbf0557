using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using Spectre.Console;

namespace CircuitGrid.Client.Commands.Bench;

/// <summary>Shows a benchmark at work: a bar a stage on a terminal; elsewhere a line a stage, and one now and then in a long one.</summary>
internal static class BenchDisplay
{
    /// <summary>Between two lines of one stage where there is no terminal.</summary>
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(10);

    public static async Task<T> RunAsync<T>(CommandContext context, Func<IProgress<BenchProgress>, T> work)
    {
        if (!context.Interactive)
        {
            return work(new Lines(context.Console, context.Environment.Time));
        }

        return await context.Console.Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async bars => await Task.Run(() => work(new Bars(bars)), context.Cancellation));
    }

    private sealed class Bars(ProgressContext bars) : IProgress<BenchProgress>
    {
        private readonly Dictionary<string, ProgressTask> stages = new(StringComparer.Ordinal);

        public void Report(BenchProgress value)
        {
            if (!stages.TryGetValue(value.Stage, out var bar))
            {
                stages.Add(value.Stage, bar = bars.AddTask(Markup.Escape(value.Stage), maxValue: 1));
            }

            bar.Value = value.Share;
        }
    }

    private sealed class Lines(IAnsiConsole console, TimeProvider time) : IProgress<BenchProgress>
    {
        private string? stage;
        private long begun;
        private long said;

        public void Report(BenchProgress value)
        {
            var now = time.GetTimestamp();
            if (!string.Equals(value.Stage, stage, StringComparison.Ordinal))
            {
                (stage, begun, said) = (value.Stage, now, now);
                console.WriteLine($"{stage} …");
            }
            else if (value.Share is > 0 and < 1 && time.GetElapsedTime(said, now) >= LineEvery)
            {
                said = now;
                var left = time.GetElapsedTime(begun, now) * ((1 - value.Share) / value.Share);
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage}: {Figures.Percent(value.Share)}, about {Figures.Duration(left)} left"));
            }
        }
    }
}
