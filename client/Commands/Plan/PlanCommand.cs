using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Grid.Fetching;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Hub;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>plan</c>: what a run would do, why, and how long it would take.</summary>
internal sealed class PlanCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.Experiment();
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly FetchingOptions fetching = new();
    private readonly Option<bool> rehash = ExperimentOptions.Rehash();
    private readonly Option<bool> cells = new("--cells") { Description = "List every cell instead of groups of cells." };

    public PlanCommand()
        : base("plan", "Show what a run would do, why, and how long it would take.")
    {
        Add(experiment);
        Add(store);
        reading.AddTo(this);
        fetching.AddTo(this);
        Add(rehash);
        Add(cells);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        context.WhenStopped = "nothing was changed";
        var argument = ExperimentArgument.Read(context, context.Get(experiment), reading.Of(context));
        await using var session = GridSession.OpenForReading(context, argument.Experiment, argument.StoreOf(context, context.Get(store)), context.Get(rehash), fetching.Of(context));
        var plan = await session.Grid.PlanAsync(argument.Experiment, context.Cancellation);
        if (plan.Refusal is { } refusal)
        {
            throw refusal;
        }

        var fetch = FetchForecast.Of(plan, context.Environment.Source.Hub, fetching.Of(context));
        var (leftOut, others) = (ReportLeftOut.Of(plan), plan.Suite.LeftOut.Count(l => !l.IsCheckpoint));
        context.WriteResult(
            new
            {
                Cells = plan.Cells.Count(),
                Run = plan.Count(CellAction.Run),
                Keep = plan.Count(CellAction.Keep),
                Skip = plan.Count(CellAction.Skip),
                ForecastSeconds = plan.Forecast.TotalSeconds,
                plan.Threads,
                Fetch = fetch is null ? null : new { fetch.Checkpoints, fetch.Bytes, KeepBytes = fetch.Keep },
                session.Store,
                Notes = plan.Notes.ToArray(),
                plan.TokensKnown,
                LeftOut = leftOut,
                OthersLeftOut = others,
                Plan = plan.Cells.Select(c => new { Cell = c.Id.ToString(), Tokens = c.TokensSeen, c.TokensKnown, c.Action, c.Reason, c.Why, ForecastSeconds = c.Forecast }),
            },
            console =>
            {
                Show(console, session, plan, fetch, context.Get(cells));
                LeftOutText.Show(console, leftOut, others);
            });
        return plan.Cells.All(c => c.Action == CellAction.Skip)
            ? throw new InvalidInputException(context.Get(experiment), $"has no cell that can be run: {plan.Cells.First().Why}")
            : ExitCode.Success;
    }

    private static void Show(IAnsiConsole console, GridSession session, GridPlan plan, FetchForecast? fetch, bool everyCell)
    {
        console.Write(everyCell ? EveryCell(console, plan) : Groups(console, plan));
        foreach (var note in plan.Notes)
        {
            console.WriteLine(note);
        }

        if (TrainingTimeText.Note(plan.TokensKnown, RemoteSuite.IsOne(plan.Experiment.Suite)) is { } known)
        {
            console.WriteLine(known);
        }

        var run = plan.Count(CellAction.Run);
        console.WriteLine(
            run == 0 && plan.Count(CellAction.Keep) == 0 ? "Nothing can be run."
            : run == 0 ? $"Nothing to run: all {Figures.Count(plan.Count(CellAction.Keep))} results are in {VisibleText.OnOneLine(session.Store)}."
            : $"{Figures.Count(run)} cells to run, {Figures.Count(plan.Count(CellAction.Keep))} kept in {VisibleText.OnOneLine(session.Store)}; about {Figures.Duration(plan.Forecast)} with {plan.Threads} threads.");
        if (fetch?.Text is { } toFetch)
        {
            console.WriteLine(toFetch);
        }

        if (plan.Count(CellAction.Skip) is > 0 and var skipped)
        {
            console.WriteLine($"{Figures.Count(skipped)} cells can't be run: see 'skip' above.");
        }
    }

    private static Table EveryCell(IAnsiConsole console, GridPlan plan)
    {
        var table = Tables.Create(console, "cell", "action", "why", "#time");
        foreach (var cell in plan.Cells)
        {
            table.Row(cell.Id.ToString(), Word(cell.Action), cell.Why, Time(cell.Forecast));
        }

        return table;
    }

    /// <summary>Cells of one model that have the same thing done to them for the same reason, together.</summary>
    private static Table Groups(IAnsiConsole console, GridPlan plan)
    {
        var table = Tables.Create(console, "model", "#checkpoints", "tasks", "#cells", "action", "why", "#time");
        foreach (var group in plan.Cells.GroupBy(c => (c.Id.Model, c.Action, c.Why)))
        {
            table.Row(
                group.Key.Model,
                Figures.Count(group.Select(c => c.Id.Step).Distinct().Count()),
                string.Join(' ', group.Select(c => c.Id.Task).Distinct(StringComparer.Ordinal)),
                Figures.Count(group.Count()),
                Word(group.Key.Action),
                group.Key.Why,
                Time(group.Sum(c => c.Forecast) / plan.Workers));
        }

        return table;
    }

    private static string Word(CellAction action) => action switch
    {
        CellAction.Keep => "keep",
        CellAction.Run => "run",
        _ => "skip",
    };

    private static string Time(double seconds) => seconds > 0 ? Figures.Duration(TimeSpan.FromSeconds(seconds)) : "";
}
