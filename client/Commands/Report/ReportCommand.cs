using System.CommandLine;
using System.Text.Json;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Reports;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>report</c>: a page of the results that are there.</summary>
internal sealed class ReportCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.ExperimentAnywhere();
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly Option<string?> output = new("--out") { Description = "Page to write. Default: report.html beside the experiment.", HelpName = "REPORT.html" };
    private readonly Option<bool> rehash = ExperimentOptions.Rehash();
    private readonly ServerConnection server = new();

    public ReportCommand()
        : base("report", "Write a page of the results that are there: one HTML file that needs no network.")
    {
        Add(experiment);
        Add(store);
        reading.AddTo(this);
        Add(output);
        Add(rehash);
        server.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        using var client = server.Open(context, store, rehash);
        if (client is not null)
        {
            return await ReportAsync(context, client);
        }

        var argument = ExperimentArgument.Read(context, context.Get(experiment), reading.Of(context));
        await using var session = GridSession.OpenForReading(context, argument.Experiment, argument.StoreOf(context, context.Get(store)), context.Get(rehash));
        if (!session.HasStore)
        {
            throw NoResult(context, session);
        }

        var path = context.Get(output) ?? argument.Report;
        OutputFile.Prepare(path);
        var report = await session.ReportAsync(context);
        if (report.Cells.IsEmpty)
        {
            throw (await session.Grid.PlanAsync(argument.Experiment, context.Cancellation)).Refusal ?? NoResult(context, session);
        }

        ReportFiles.WritePage(path, report, context.Cancellation);
        return Written(context, path, report);
    }

    private InvalidInputException NoResult(CommandContext context, GridSession session) =>
        new(session.Store, $"has no result of this experiment yet; {CommandHint.Of("run", context.Get(experiment))} computes them");

    private static ExitCode Written(CommandContext context, string path, ReportDocument report)
    {
        context.WriteResult(
            new { Out = path, Cells = report.Cells.Length, Circuits = report.Circuits.Length, report.CircuitsLeftOut },
            console => console.WriteLine($"{Figures.Count(report.Cells.Length)} cells in {VisibleText.OnOneLine(path)}"));
        return ExitCode.Success;
    }

    private async Task<ExitCode> ReportAsync(CommandContext context, GridClient client)
    {
        var text = await reading.TextForAsync(context, context.Get(experiment), client);
        var path = context.Get(output) ?? ReportFiles.Beside(context.Get(experiment));
        OutputFile.Prepare(path);
        var json = await client.ReportAsync(text, context.Cancellation);
        var report = JsonSerializer.Deserialize<ReportDocument>(json, ReportJson.Options)!;
        if (report.Cells.IsEmpty)
        {
            throw new InvalidInputException(client.Address, $"has no result of this experiment yet; {CommandHint.Of("run", context.Get(experiment), "--server", client.Address)} computes them");
        }

        ReportWriter.Write(path, json, context.Cancellation);
        return Written(context, path, report);
    }
}
