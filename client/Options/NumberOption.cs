using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace CircuitGrid.Client.Options;

/// <summary>Options whose value is a whole number in a range.</summary>
internal static class NumberOption
{
    /// <summary>A number that has to be given.</summary>
    public static Option<int> Required(string name, string helpName, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Required = true,
        CustomParser = result => Parse(name, result, least, most),
    };

    /// <summary>A number with a value where the option isn't given.</summary>
    public static Option<int> WithDefault(string name, string helpName, string description, int standard, int least, int most = int.MaxValue) => new(name)
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"{description} Default: {standard}."),
        HelpName = helpName,
        DefaultValueFactory = _ => standard,
        CustomParser = result => Parse(name, result, least, most),
    };

    /// <summary>A number that may be left out.</summary>
    public static Option<int?> Optional(string name, string helpName, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => Parse(name, result, least, most),
    };

    private static int Parse(string name, ArgumentResult result, int least, int most)
    {
        var text = result.Tokens[0].Value;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < least || value > most)
        {
            var range = most == int.MaxValue ? $"{least} or more" : $"{least} to {most}";
            result.AddError($"{name} {text}: expected a whole number, {range}");
        }

        return value;
    }
}
