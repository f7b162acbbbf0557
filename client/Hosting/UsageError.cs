using System.CommandLine;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Client.Hosting;

/// <summary>Says in one line what is wrong with a command line and where help is.</summary>
internal static class UsageError
{
    /// <param name="parsed">A command line with errors.</param>
    /// <returns>The line, without its end.</returns>
    public static string Describe(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        return $"error: {VisibleText.OnOneLine(Reason(parsed, command))}. See '{(command is RootCommand ? "circuitgrid" : $"circuitgrid {command.Name}")} --help'.";
    }

    private static string Reason(ParseResult parsed, Command command)
    {
        if (command is RootCommand)
        {
            var known = command.Subcommands.Select(c => c.Name).ToList();
            return parsed.UnmatchedTokens.Count == 0
                ? $"no command given; commands are {string.Join(", ", known)}"
                : $"there is no command '{parsed.UnmatchedTokens[0]}'{NearestName.Hint(parsed.UnmatchedTokens[0], known)}".TrimEnd('?', '.');
        }

        return string.Join("; ", parsed.Errors.Select(e => e.Message.TrimEnd('.')).Distinct(StringComparer.Ordinal));
    }
}
