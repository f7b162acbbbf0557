using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Output;
using CircuitGrid.Models.Training;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary>Shows training: a bar a model on a terminal, a line now and then elsewhere.</summary>
internal static class TrainingDisplay
{
    private const int StepsPerLine = 250;

    /// <param name="context">Where to show it.</param>
    /// <param name="models">Models in the order they are trained.</param>
    /// <param name="train">Trains them.</param>
    /// <param name="losses">Receives the last loss of every model that was trained.</param>
    public static async Task RunAsync(CommandContext context, IEnumerable<string> models, Action<IProgress<TrainingProgress>> train, Dictionary<string, double> losses)
    {
        if (!context.Interactive)
        {
            train(new Listener(p =>
            {
                losses[p.Model] = p.Loss;
                if (p.Step % StepsPerLine == 0 || p.Step == p.Steps)
                {
                    context.Console.WriteLine($"{p.Model} step {p.Step}/{p.Steps}: {Describe(p)}");
                }
            }));
            return;
        }

        await context.Console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(async bars =>
            {
                var tasks = models.ToDictionary(m => m, m => bars.AddTask(Markup.Escape(m), autoStart: false), StringComparer.Ordinal);
                await Task.Run(() => train(new Listener(p =>
                {
                    losses[p.Model] = p.Loss;
                    var bar = tasks[p.Model];
                    bar.StartTask();
                    bar.MaxValue = p.Steps;
                    bar.Value = p.Step;
                    bar.Description = Markup.Escape($"{p.Model}  {Describe(p)}");
                })));
            });
    }

    private static string Describe(TrainingProgress p) => string.Create(
        CultureInfo.InvariantCulture,
        $"loss {p.Loss:F3}, {p.TokensPerSecond:N0} tokens/s{(p.Step < p.Steps ? $", about {Figures.Duration(p.TimeLeft)} left" : "")}");

    private sealed class Listener(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
