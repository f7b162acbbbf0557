using System.CommandLine;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;
using CircuitGrid.Web.Hosting;

namespace CircuitGrid.Client.Options;

/// <summary>The options by which a command speaks to a server instead of working itself.</summary>
internal sealed class ServerConnection
{
    private readonly Option<string?> server = new("--server") { Description = "Address of a server to do this, as 'serve' prints it.", HelpName = "URL" };
    private readonly Option<string?> tokenFile = TokenFile("File that holds the server's token.");

    /// <param name="required">Whether the command makes no sense without a server.</param>
    public ServerConnection(bool required = false) => server.Required = required;

    public static Option<string?> TokenFile(string description) =>
        new("--token-file") { Description = $"{description} Default: the environment variable {AccessToken.Variable}.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(server);
        command.Add(tokenFile);
    }

    /// <summary>The server that is named; <see langword="null"/> where none is.</summary>
    /// <param name="context">The running command.</param>
    /// <param name="local">The command's options that are about work of this machine: a server doesn't take them.</param>
    /// <exception cref="InvalidInputException">The address or the token can't be used, or an option has no effect.</exception>
    public GridClient? Open(CommandContext context, params ReadOnlySpan<Option> local)
    {
        if (context.Get(server) is not { } text)
        {
            return context.Get(tokenFile) is { } idle ? throw new InvalidInputException($"--token-file {idle}", "is of no use without --server") : null;
        }

        foreach (var option in local)
        {
            if (context.Arguments.GetResult(option) is { Implicit: false })
            {
                throw new InvalidInputException(option.Name, "is about work of this machine; a server does as it was started, so leave it or --server out");
            }
        }

        return new GridClient(ServerAddress.Parse(text), AccessToken.ReadSecret(context.Get(tokenFile), context.Cancellation), context.Environment.Time);
    }
}
