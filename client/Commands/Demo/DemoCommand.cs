using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Specification;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>demo</c>: the shipped experiment on the shipped checkpoints, from nothing to a report.</summary>
internal sealed class DemoCommand : ClientCommand
{
    private const string DefaultFolder = "circuitgrid-demo";

    private readonly Option<string> output = new("--out")
    {
        Description = $"Folder for the report, the summary and the store. Default: ./{DefaultFolder}.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => DefaultFolder,
    };

    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();

    public DemoCommand()
        : base("demo", "Analyse the shipped checkpoints of three small models on four tasks, and write a report.")
    {
        Add(output);
        Add(threads);
        Add(memory);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        var folder = context.Get(output);
        var argument = Prepare(folder, context.Cancellation);
        var spec = argument.Experiment with { Threads = context.Get(threads), Memory = context.Get(memory) };
        await using var session = GridSession.Open(context, spec, argument.Store);
        var outcome = await session.RunAsync(context);
        var report = await session.ReportAsync(context);
        ReportFiles.Write(argument, report, context.Cancellation);
        context.WriteResult(
            new { Run = outcome, Report = argument.Report, Summary = argument.Summary },
            console =>
            {
                FoundTable.Write(console, report);
                outcome.Show(console);
                console.WriteLine($"Open {VisibleText.OnOneLine(Path.GetFullPath(argument.Report))}");
            });
        return outcome.Failed == 0 ? ExitCode.Success : ExitCode.WorkFailed;
    }

    /// <summary>Puts the shipped experiment into the folder, so that other commands find it there.</summary>
    /// <exception cref="InvalidInputException">The folder can't be used, or the program was installed without its suite.</exception>
    private static ExperimentArgument Prepare(string folder, CancellationToken cancellation)
    {
        var file = Path.Combine(folder, ExperimentArgument.FileName);
        OutputFile.Prepare(file);
        ShippedSuite.WriteExperiment(file, cancellation);
        return new(ExperimentSpec.Load(file, cancellation), folder, "");
    }
}
