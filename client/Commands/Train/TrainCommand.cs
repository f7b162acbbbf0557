using System.CommandLine;
using System.Globalization;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Models.Training;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>train</c>: trains the nano suite's models from scratch.</summary>
internal sealed class TrainCommand : ClientCommand
{
    private readonly Option<string> output = new("--out") { Description = "Folder for the suite. What a stopped run left there is gone on from.", HelpName = "FOLDER", Required = true };
    private readonly Option<string[]> models = new("--model")
    {
        Description = $"Model to train; may be given several times. Default: all of {string.Join(", ", NanoSuite.ModelNames)}.",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<int?> seed = NumberOption.Optional("--seed", "N", "Seed of the weights and the text. The same seed gives the same bytes. Default: that of the shipped model.", least: 0);
    private readonly Option<int?> steps = NumberOption.Optional("--steps", "N", "Training steps. Default: the suite's own.", least: 1, most: 1_000_000);
    private readonly Option<int?> threads = CommonOptions.Threads();

    public TrainCommand()
        : base("train", "Train small GPT-NeoX models on invented English, with checkpoints from step 0 on.")
    {
        models.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => !NanoSuite.ModelNames.Contains(t.Value, StringComparer.Ordinal)))
            {
                result.AddError($"--model {token.Value}: expected {string.Join(", ", NanoSuite.ModelNames)}");
            }
        });
        foreach (var option in (Option[])[output, models, seed, steps, threads])
        {
            Add(option);
        }
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var folder = context.Get(output);
        var named = context.Get(models) ?? [];
        var options = new NanoSuiteOptions { Seed = context.Get(seed), Steps = context.Get(steps) };
        if (named.Length > 0)
        {
            options = options with { Models = [.. named] };
        }

        context.WhenStopped = $"the state of training is kept in {folder}; the same command goes on from there";
        using var device = context.Environment.OpenDevice(new ComputeSettings(context.Get(threads), Memory: null));
        var started = context.Environment.Time.GetTimestamp();
        var losses = new Dictionary<string, double>(StringComparer.Ordinal);
        await TrainingDisplay.RunAsync(context, options.Models, progress => NanoSuite.Train(device, folder, options, progress, context.Cancellation), losses);

        var elapsed = context.Environment.Time.GetElapsedTime(started);
        context.WriteResult(
            new { Out = folder, Seconds = elapsed.TotalSeconds, Models = options.Models.Select(m => new { Name = m, Loss = losses.GetValueOrDefault(m, double.NaN) }) },
            console => Show(console, folder, options, losses, elapsed));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, string folder, NanoSuiteOptions options, Dictionary<string, double> losses, TimeSpan elapsed)
    {
        foreach (var model in options.Models)
        {
            console.WriteLine(losses.TryGetValue(model, out var loss)
                ? string.Create(CultureInfo.InvariantCulture, $"{model}: trained, loss {loss:F3}")
                : $"{model}: was trained before");
        }

        console.WriteLine($"The suite is in {folder}, after {Figures.Duration(elapsed)}.");
    }
}
