using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;
using CircuitGrid.Models.Hub;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Options;

/// <summary>How an experiment's suite is to be read, where that isn't as its files say: <c>--ignore-key</c> and <c>--pattern</c>; and which cells of it are meant.</summary>
/// <param name="chooses">Whether cells can be chosen.</param>
internal sealed class ReadingOptions(bool chooses = false)
{
    private const string PatternName = "--pattern";

    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly ChoiceOptions? choice = chooses ? new() : null;
    private readonly Option<string?> pattern = new(PatternName)
    {
        Description = "Pattern of checkpoints' names, in place of the suite's own or the usual ones: a regular expression with the groups step, epoch, tokens, unit, stage, branch, seed or model, e.g. 'ckpt_(?<step>[0-9]+)'.",
        HelpName = "PATTERN",
    };

    public void AddTo(Command command)
    {
        choice?.AddTo(command);
        ignoreKey.AddTo(command);
        command.Add(pattern);
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="InvalidInputException">The pattern is none, or a choice is none.</exception>
    public SuiteReading Of(CommandContext context) =>
        new(ignoreKey.Of(context), context.Get(pattern) is { } text ? NamePattern.Parse(text, PatternName) : null) { Choice = choice?.Of(context) };

    /// <summary>The options as they were given, for a command that goes on where this one ends.</summary>
    public IEnumerable<string> Again(CommandContext context) =>
        [.. choice?.Again(context) ?? [], .. ignoreKey.Again(context), .. context.Get(pattern) is { } text ? (string[])[PatternName, text] : []];

    /// <summary>
    /// The experiment's text as a server takes it. An address on the hub becomes one with what these options say; a file is what it is, and so is an experiment that
    /// the server knows by an id: they are refused beside it.
    /// </summary>
    /// <param name="context">The running command.</param>
    /// <param name="experiment">The experiment as the command line names it.</param>
    /// <param name="server">The server.</param>
    /// <exception cref="InvalidInputException">The experiment can't be read, or an option has no effect.</exception>
    public async Task<string> TextForAsync(CommandContext context, string experiment, GridClient server)
    {
        if (UrlList.IsOne(experiment))
        {
            throw new InvalidInputException(experiment, "is a list of this machine; a server reads lists in its own folder of suites, which an experiment names");
        }

        if (RemoteSuite.IsOne(experiment))
        {
            return CheckpointExperiment.TextOf(Of(context).ApplyTo(CheckpointExperiment.OnHub(RemoteSuite.Parse(experiment, context.Environment.WorkingFolder))));
        }

        RequireNone(context, server);
        if (RemoteExperiment.IdIn(experiment, server) is { } id)
        {
            return (await server.FindAsync(id, context.Cancellation)).Yaml!;
        }

        return RemoteExperiment.ReadText(experiment, context.Cancellation);
    }

    private void RequireNone(CommandContext context, GridClient server)
    {
        if (choice?.Again(context).FirstOrDefault() is { } given)
        {
            throw new InvalidInputException(given, $"is for work of this process; for {server.Address}, write it in the experiment");
        }

        ignoreKey.RequireNone(context, server);
        if (context.Get(pattern) is { } text)
        {
            throw new InvalidInputException($"{PatternName} {text}", $"is for work of this process; for {server.Address}, write 'pattern' in the experiment or in suite.json");
        }
    }
}
