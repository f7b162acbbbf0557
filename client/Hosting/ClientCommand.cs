using System.CommandLine;

namespace CircuitGrid.Client.Hosting;

/// <summary>A verb of the program.</summary>
internal abstract class ClientCommand : Command
{
    protected ClientCommand(string name, string description)
        : base(name, description)
    {
    }

    /// <summary>Does the work. Exceptions become error lines and exit codes in <see cref="ClientApplication"/>.</summary>
    public abstract Task<ExitCode> RunAsync(CommandContext context);
}
