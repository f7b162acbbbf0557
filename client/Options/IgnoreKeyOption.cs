using System.Collections.Immutable;
using System.CommandLine;
using CircuitGrid.Client.Hosting;
using CircuitGrid.Client.Remote;
using CircuitGrid.Compute;

namespace CircuitGrid.Client.Options;

/// <summary><c>--ignore-key</c>: keys of other tools' files that a person has looked at and says to ignore.</summary>
internal sealed class IgnoreKeyOption
{
    private const string Name = "--ignore-key";

    private readonly Option<string[]> option = new(Name)
    {
        Description = "Key of a config.json, a tokenizer.json, an index of weights or a graph file to ignore: one that doesn't change what is computed. May be given several times.",
        HelpName = "KEY",
        DefaultValueFactory = _ => [],
    };

    public IgnoreKeyOption() => option.Validators.Add(result =>
    {
        if (result.Tokens.Any(t => t.Value.Length == 0))
        {
            result.AddError($"{Name}: an empty text is no key");
        }
    });

    public void AddTo(Command command) => command.Add(option);

    /// <summary>The keys that are named.</summary>
    public ImmutableSortedSet<string> Of(CommandContext context) => context.Get(option).ToImmutableSortedSet(StringComparer.Ordinal);

    /// <summary>The option as it was given, for a command that goes on where this one ends.</summary>
    public IEnumerable<string> Again(CommandContext context) => Of(context).SelectMany(key => (string[])[Name, key]);

    /// <summary>Refuses keys where a server does the work: it reads the experiment's text, and nothing else.</summary>
    /// <exception cref="InvalidInputException">A key is named.</exception>
    public void RequireNone(CommandContext context, GridClient server)
    {
        if (Of(context) is { IsEmpty: false } keys)
        {
            throw new InvalidInputException(
                $"{Name} {keys[0]}", $"is for work of this process; for {server.Address}, write 'ignore: [{string.Join(", ", keys)}]' in the experiment or in suite.json");
        }
    }
}
