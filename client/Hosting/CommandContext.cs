using System.CommandLine;
using CircuitGrid.Client.Output;
using Spectre.Console;

namespace CircuitGrid.Client.Hosting;

/// <summary>One run of a command: its arguments, and where its words go.</summary>
/// <param name="environment">The world around.</param>
/// <param name="arguments">The parsed command line.</param>
/// <param name="cancellation">Requested by Ctrl-C and SIGTERM.</param>
internal sealed class CommandContext(ClientEnvironment environment, ParseResult arguments, CancellationToken cancellation)
{
    public ClientEnvironment Environment => environment;

    public ParseResult Arguments => arguments;

    public CancellationToken Cancellation => cancellation;

    /// <summary>Whether standard output is for a program.</summary>
    public bool Json => arguments.GetValue(ClientApplication.JsonOption);

    /// <summary>Where people read: standard output, or standard error where standard output is for a program.</summary>
    public IAnsiConsole Console => Json ? environment.Diagnostics : environment.Console;

    /// <summary>Whether there is a terminal on which progress can move.</summary>
    public bool Interactive => Console.Profile.Capabilities.Interactive;

    /// <summary>What to tell somebody who stops the command: what is kept, and how to go on.</summary>
    public string WhenStopped { get; set; } = "nothing was written; run the same command again";

    public T Get<T>(Option<T> option) => arguments.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => arguments.GetValue(argument)!;

    /// <summary>Writes the command's result for a program, or for people.</summary>
    /// <param name="result">The result as it appears in JSON.</param>
    /// <param name="show">Shows it to people.</param>
    public void WriteResult<T>(T result, Action<IAnsiConsole> show)
    {
        if (Json)
        {
            environment.Output.WriteLine(MachineJson.Serialize(result));
        }
        else
        {
            show(environment.Console);
        }
    }
}
