using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Models.Files;
using CircuitGrid.Web.Api;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>status</c>: which results an experiment has and which are missing.</summary>
internal sealed class StatusCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.ExperimentAnywhere();
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly Option<bool> rehash = ExperimentOptions.Rehash();
    private readonly ServerConnection server = new();

    public StatusCommand()
        : base("status", "Show which results are there and which are missing.")
    {
        Add(experiment);
        Add(store);
        reading.AddTo(this);
        Add(rehash);
        server.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        context.WhenStopped = "nothing was changed";
        using var client = server.Open(context, store, rehash);
        if (client is not null)
        {
            var answer = await client.PlanAsync(await reading.TextForAsync(context, context.Get(experiment), client), context.Cancellation);
            return Show(context, client.Address, answer, isThere: true);
        }

        var argument = ExperimentArgument.Read(context, context.Get(experiment), reading.Of(context));
        await using var session = GridSession.OpenForReading(context, argument.Experiment, argument.StoreOf(context, context.Get(store)), context.Get(rehash));
        var plan = await session.Grid.PlanAsync(argument.Experiment, context.Cancellation);
        if (plan.Refusal is { } refusal)
        {
            context.Environment.Diagnostics.WriteLine(refusal.Message);
        }

        return Show(context, session.Store, PlanResource.Of(plan), session.HasStore);
    }

    private static ExitCode Show(CommandContext context, string store, PlanResource plan, bool isThere)
    {
        context.WriteResult(
            new
            {
                plan.Experiment,
                Store = store,
                plan.Cells,
                plan.Done,
                plan.Missing,
                plan.Failed,
                plan.ForecastSeconds,
                Checkpoints = plan.Checkpoints.Select(c => new { c.Model, c.Step, c.Done, c.Total }),
                plan.Failures,
            },
            console => Show(console, store, plan, isThere));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, string store, PlanResource plan, bool isThere)
    {
        var map = new GridMap(plan.CellsPerCheckpoint);
        foreach (var checkpoint in plan.Checkpoints)
        {
            map.Keep(checkpoint.Model, checkpoint.Step, checkpoint.Tasks);
        }

        console.WriteLine(plan.Experiment);
        console.Write(GridMapView.Render(map, console.Profile.Width, console.Profile.Capabilities.Unicode));
        foreach (var cell in plan.Failures)
        {
            console.WriteLine($"{cell.Cell}: {cell.Reason}");
        }

        if (!isThere)
        {
            console.WriteLine($"There are no results yet: {VisibleText.OnOneLine(store)} doesn't exist; a run makes it.");
            return;
        }

        console.WriteLine(
            $"{Figures.Count(plan.Done)} of {Figures.Count(plan.Cells)} cells have their result in {VisibleText.OnOneLine(store)}{(plan.Missing > 0 ? $"; the rest takes about {Figures.Duration(TimeSpan.FromSeconds(plan.ForecastSeconds))}" : "")}");
    }
}
