using System.CommandLine;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Options;
using CircuitGrid.Client.Remote;
using Spectre.Console;

namespace CircuitGrid.Client.Commands;

/// <summary><c>cancel</c>: ends an experiment that a server carries out.</summary>
internal sealed class CancelCommand : ClientCommand
{
    private readonly Argument<string> experiment = new("EXPERIMENT") { Description = "Id of the experiment, or its file (YAML)." };
    private readonly ServerConnection server = new(required: true);

    public CancelCommand()
        : base("cancel", "End an experiment on a server; what is computed stays.")
    {
        Add(experiment);
        server.AddTo(this);
    }

    public override async Task<ExitCode> RunAsync(CommandContext context)
    {
        context.WhenStopped = "the experiment may have been cancelled all the same";
        using var client = server.Open(context)!;
        var named = context.Get(experiment);
        var id = RemoteExperiment.IdIn(named, client) ?? (await client.IdentifyAsync(RemoteExperiment.ReadText(named, context.Cancellation), context.Cancellation)).Id;
        var cancelled = await client.CancelAsync(id, context.Cancellation);
        context.WriteResult(cancelled, console => console.WriteLine(cancelled.WasRunning ? $"Experiment {id} ends; what it has computed stays." : $"Experiment {id} wasn't running."));
        return ExitCode.Success;
    }
}
