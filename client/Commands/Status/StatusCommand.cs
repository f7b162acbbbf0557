using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Experiments.Grid;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>status</c>: which results an experiment has and which are missing.</summary>
internal sealed class StatusCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.Experiment();
    private readonly Option<string?> store = ExperimentOptions.Store();

    public StatusCommand()
        : base("status", "Show which results are there and which are missing.")
    {
        Add(experiment);
        Add(store);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        context.WhenStopped = "nothing was changed";
        var argument = ExperimentArgument.Read(context.Get(experiment));
        await using var session = GridSession.Open(context, argument.Experiment, context.Get(store) ?? argument.Store);
        var plan = await session.Grid.PlanAsync(argument.Experiment, context.Cancellation);
        var failed = plan.Cells.Where(c => c.Reason is PlanReason.FailedBefore or PlanReason.Unusable).ToList();
        context.WriteResult(
            new
            {
                Experiment = argument.Experiment.Name,
                session.Store,
                Cells = plan.Cells.Count(),
                Done = plan.Count(CellAction.Keep),
                Missing = plan.Count(CellAction.Run),
                Failed = failed.Count,
                ForecastSeconds = plan.Forecast.TotalSeconds,
                Checkpoints = plan.Checkpoints.Select(c => new
                {
                    Model = c.Model.Name,
                    c.Step,
                    Done = c.Cells.Count(x => x.Action == CellAction.Keep),
                    Total = c.Cells.Length,
                }),
                Failures = failed.Select(c => new CellFault(c.Id.ToString(), c.Why)),
            },
            console => Show(console, session, plan, failed));
        return ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, GridSession session, GridPlan plan, List<PlannedCell> failed)
    {
        console.WriteLine(session.Experiment.Name);
        console.Write(GridMapView.Render(new GridMap(plan), console.Profile.Width, console.Profile.Capabilities.Unicode));
        foreach (var cell in failed)
        {
            console.WriteLine($"{cell.Id}: {cell.Why}");
        }

        var missing = plan.Count(CellAction.Run);
        console.WriteLine(
            $"{Figures.Count(plan.Count(CellAction.Keep))} of {Figures.Count(plan.Cells.Count())} cells have their result in {session.Store}{(missing > 0 ? $"; the rest takes about {Figures.Duration(plan.Forecast)}" : "")}");
    }
}
