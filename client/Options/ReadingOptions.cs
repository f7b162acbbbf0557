using System.CommandLine;
using CircuitGrid.Client.Experiments;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;
using CircuitGrid.Models.Suites.Names;

namespace CircuitGrid.Client.Options;

/// <summary>How an experiment's suite is to be read, where that isn't as its files say: <c>--ignore-key</c> and <c>--pattern</c>.</summary>
internal sealed class ReadingOptions
{
    private const string PatternName = "--pattern";

    private readonly IgnoreKeyOption ignoreKey = new();
    private readonly Option<string?> pattern = new(PatternName)
    {
        Description = "Pattern of checkpoints' names, in place of the suite's own or the usual ones: a regular expression with the groups step, epoch, tokens, unit, stage, branch, seed or model, e.g. 'ckpt_(?<step>[0-9]+)'.",
        HelpName = "PATTERN",
    };

    public void AddTo(Command command)
    {
        ignoreKey.AddTo(command);
        command.Add(pattern);
    }

    /// <summary>What is asked for.</summary>
    /// <exception cref="InvalidInputException">The pattern is none.</exception>
    public SuiteReading Of(CommandContext context) =>
        new(ignoreKey.Of(context), context.Get(pattern) is { } text ? NamePattern.Parse(text, PatternName) : null);

    /// <summary>The options as they were given, for a command that goes on where this one ends.</summary>
    public IEnumerable<string> Again(CommandContext context) =>
        [.. ignoreKey.Again(context), .. context.Get(pattern) is { } text ? (string[])[PatternName, text] : []];

    /// <summary>Refuses them where a server does the work: it reads the experiment's text, and nothing else.</summary>
    /// <exception cref="InvalidInputException">One is given.</exception>
    public void RequireNone(CommandContext context, GridClient server)
    {
        ignoreKey.RequireNone(context, server);
        if (context.Get(pattern) is { } text)
        {
            throw new InvalidInputException($"{PatternName} {text}", $"is for work of this process; for {server.Address}, write 'pattern' in the experiment or in suite.json");
        }
    }
}
