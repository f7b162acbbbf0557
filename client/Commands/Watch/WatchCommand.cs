using System.CommandLine;
using System.Threading.Channels;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Experiments.Hosting;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>watch</c>: analyses checkpoints as they appear.</summary>
internal sealed class WatchCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.ExperimentAnywhere();
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly Option<string?> report = new("--report") { Description = "Page to write anew whenever a checkpoint is done.", HelpName = "REPORT.html" };
    private readonly FetchingOptions fetching = new();
    private readonly Option<bool> rehash = ExperimentOptions.Rehash();
    private readonly ServerConnection server = new();

    public WatchCommand()
        : base("watch", "Analyse checkpoints as they appear, until Ctrl-C.")
    {
        Add(experiment);
        Add(store);
        reading.AddTo(this);
        Add(report);
        fetching.AddTo(this);
        Add(rehash);
        server.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        using var client = server.Open(context, store, rehash);
        if (client is not null)
        {
            return await WatchAsync(context, client);
        }

        var argument = ExperimentArgument.Read(context, context.Get(experiment), reading.Of(context));
        var page = context.Get(report);
        if (page is not null)
        {
            OutputFile.Prepare(page);
        }

        if (context.Get(store) is null)
        {
            await argument.KeepAsync(context, isWatched: true);
        }

        await using var session = GridSession.Open(context, argument.Experiment, argument.StoreOf(context, context.Get(store)), rehash: context.Get(rehash), fetching: fetching.Of(context));
        context.WhenStopped = $"results are kept in {session.Store}; the same command goes on from there";
        context.Console.WriteLine($"Watching {VisibleText.OnOneLine(argument.Experiment.Suite)}; Ctrl-C ends it.");
        var rounds = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var pages = page is null ? Task.CompletedTask : WritePagesAsync(session, page, rounds.Reader, context.Cancellation);
        try
        {
            return await GridDisplay.RunAsync(context, new GridMap(argument.Experiment.CellsPerCheckpoint), async display =>
            {
                await session.Grid.WatchAsync(argument.Experiment, new Listener(context, display, rounds.Writer), context.Cancellation);
                return ExitCode.Success;
            });
        }
        finally
        {
            rounds.Writer.Complete();
            await pages;
        }
    }

    private async Task<ExitCode> WatchAsync(CommandContext context, GridClient client)
    {
        if (context.Get(report) is not null)
        {
            throw new InvalidInputException("--report", $"is for a watch of this process; {CommandHint.Of("report", context.Get(experiment), "--server", client.Address)} writes the page of a server's");
        }

        context.Console.WriteLine($"Watching at {client.Address}; Ctrl-C ends the looking, not the watch.");
        var (_, ended) = await new RemoteExperiment(client, await reading.TextForAsync(context, context.Get(experiment), client)).FollowAsync(context, watch: true, happened => WriteJson(context, happened));
        RemoteExperiment.RequireCompleted(ended, watch: true);
        return ExitCode.Success;
    }

    private static void WriteJson(CommandContext context, HostedEvent value)
    {
        if (context.Json && value.Kind is (GridEventKind.Finished or GridEventKind.Found or GridEventKind.Failed or GridEventKind.Noticed))
        {
            context.Environment.Output.WriteLine(MachineJson.Serialize(new { Event = value.Kind, Cell = value.Cell?.ToString(), value.Message, value.Outcome?.Status }));
            context.Environment.Output.Flush();
        }
    }

    /// <param name="session">What to report.</param>
    /// <param name="page">Where.</param>
    /// <param name="rounds">When; its last round is written after a stop, too.</param>
    /// <param name="cancellation">Ends the waiting for somebody who reads the page from a pipe.</param>
    private static async Task WritePagesAsync(GridSession session, string page, ChannelReader<bool> rounds, CancellationToken cancellation)
    {
        await foreach (var _ in rounds.ReadAllAsync(CancellationToken.None))
        {
            ReportFiles.WritePage(page, await session.ReportAsync(), cancellation);
        }
    }

    /// <summary>Passes events on, as lines of JSON where a program reads, and tells when a round is done.</summary>
    private sealed class Listener(CommandContext context, IProgress<GridEvent> display, ChannelWriter<bool> rounds) : IProgress<GridEvent>
    {
        public void Report(GridEvent value)
        {
            display.Report(value);
            WriteJson(context, HostedEvents.Of(0, value));

            if (value.Kind == GridEventKind.Completed && value.Progress.Finished > 0)
            {
                rounds.TryWrite(true);
            }
        }
    }
}
