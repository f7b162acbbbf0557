using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Output;
using CircuitGrid.Client.Remote;
using CircuitGrid.Models.Files;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>run</c>: computes what an experiment lacks.</summary>
internal sealed class RunCommand : ClientCommand
{
    private readonly Argument<string> experiment = ExperimentOptions.ExperimentAnywhere();
    private readonly Option<string?> store = ExperimentOptions.Store();
    private readonly ReadingOptions reading = new(chooses: true);
    private readonly Option<string?> device = CommonOptions.Device();
    private readonly Option<int?> threads = CommonOptions.Threads();
    private readonly Option<long?> memory = CommonOptions.Memory();
    private readonly FetchingOptions fetching = new();
    private readonly Option<bool> rehash = ExperimentOptions.Rehash();
    private readonly ServerConnection server = new();

    public RunCommand()
        : base("run", "Compute what is missing of an experiment.")
    {
        Add(experiment);
        Add(store);
        reading.AddTo(this);
        Add(device);
        Add(threads);
        Add(memory);
        fetching.AddTo(this);
        Add(rehash);
        server.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        using var client = server.Open(context, store, device, threads, memory, rehash);
        if (client is not null)
        {
            return await RunAsync(context, client);
        }

        var argument = ExperimentArgument.Read(context, context.Get(experiment), reading.Of(context));
        var spec = argument.Experiment with
        {
            Threads = context.Get(threads) ?? argument.Experiment.Threads,
            Memory = context.Get(memory) ?? argument.Experiment.Memory,
        };
        if (context.Get(store) is null)
        {
            await argument.KeepAsync(context);
        }

        await using var session = GridSession.Open(context, spec, argument.StoreOf(context, context.Get(store)), context.Get(device), context.Get(rehash), fetching.Of(context));
        var outcome = await session.RunAsync(context);
        context.WriteResult(outcome, console =>
        {
            outcome.Show(console);
            if (outcome.Finished + outcome.Kept == 0)
            {
                return;
            }

            console.WriteLine($"Results are in {VisibleText.OnOneLine(session.Store)}; {CommandHint.Of(["report", context.Get(experiment), .. context.Get(store) is { } file ? (string[])["--store", file] : [], .. reading.Again(context)])} makes a page of them.");
        });
        return outcome.Failed == 0 ? ExitCode.Success : ExitCode.WorkFailed;
    }

    private async Task<ExitCode> RunAsync(CommandContext context, GridClient client)
    {
        var (outcome, ended) = await new RemoteExperiment(client, await reading.TextForAsync(context, context.Get(experiment), client)).FollowAsync(context, watch: false);
        RemoteExperiment.RequireCompleted(ended);
        context.WriteResult(outcome, console =>
        {
            outcome.Show(console);
            console.WriteLine($"Results are at {outcome.Store}; {CommandHint.Of("report", context.Get(experiment), "--server", client.Address)} makes a page of them.");
        });
        return outcome.Failed == 0 ? ExitCode.Success : ExitCode.WorkFailed;
    }
}
