using System.CommandLine;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Options;

/// <summary>Options whose value is one of some words.</summary>
internal static class NamedOption
{
    /// <summary>An option that takes one of the words of a table.</summary>
    public static Option<T> Create<T>(string name, OptionNames<T> names, string description)
        where T : struct, Enum
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = string.Join('|', names.All),
            CustomParser = result =>
            {
                var word = result.Tokens[0].Value;
                if (!names.TryParse(word, out var value))
                {
                    result.AddError($"{name} {word}: expected {string.Join(", ", names.All)}");
                }

                return value;
            },
        };
        option.CompletionSources.Add([.. names.All]);
        return option;
    }

    /// <summary>The same with a value where the option isn't given.</summary>
    public static Option<T> Create<T>(string name, OptionNames<T> names, string description, T standard)
        where T : struct, Enum
    {
        var option = Create(name, names, $"{description} Default: {names.Of(standard)}.");
        option.DefaultValueFactory = _ => standard;
        return option;
    }
}
