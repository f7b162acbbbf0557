using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Suites.Names;

/// <summary>
/// A regular expression for a checkpoint's whole name, whose named groups say what is what: <c>step</c>, <c>epoch</c>, <c>tokens</c> with <c>unit</c>,
/// <c>stage</c>, <c>branch</c>, <c>seed</c> and, for repositories of one checkpoint, <c>model</c>. It is matched in linear time, so that a pattern from
/// outside can't hold anybody up; look-around and back-references don't exist in it.
/// </summary>
public sealed class NamePattern
{
    private const int Longest = 1000;

    private static readonly ImmutableArray<string> s_groups = ["step", "epoch", "tokens", "unit", "stage", "branch", "seed", "model"];

    private readonly Regex _regex;

    private NamePattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>The expression as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="where">Where it stands, for messages.</param>
    /// <exception cref="InvalidInputException">It is no expression, or its groups aren't the ones that mean something.</exception>
    public static NamePattern Parse(string text, string where)
    {
        if (text.Length is 0 or > Longest)
        {
            throw new InvalidInputException(where, string.Create(CultureInfo.InvariantCulture, $"a pattern has 1 to {Longest} characters, this one {text.Length}"));
        }

        Regex regex;
        try
        {
            // for messages that speak of the text as it was written
            _ = new Regex(text, RegexOptions.CultureInvariant);
            regex = new Regex($@"\A(?:{text})\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant);
        }
        catch (NotSupportedException e)
        {
            throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' is no pattern: look-around, back-references and conditions don't exist in one", e);
        }
        catch (ArgumentException e)
        {
            throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' is no pattern: {Files.Text.OneLine(e.Message)}", e);
        }

        string[] groups = [.. regex.GetGroupNames().Where(name => !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))];
        if (Array.Find(groups, name => !s_groups.Contains(name, StringComparer.Ordinal)) is { } unknown)
        {
            throw new InvalidInputException(where, $"a pattern has no group '{Files.Text.OneLine(unknown)}'{NearestName.Hint(unknown, s_groups)}");
        }

        if (groups.FirstOrDefault(name => text.Split($"(?<{name}>").Length > 2) is { } twice)
        {
            throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' has (?<{twice}>…) twice; which of the two is meant can't be told");
        }

        if (!groups.Any(name => name is "step" or "epoch" or "tokens"))
        {
            throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' has none of the groups (?<step>…), (?<epoch>…) and (?<tokens>…); one is needed");
        }

        if (groups.Contains("step", StringComparer.Ordinal) && groups.Contains("epoch", StringComparer.Ordinal))
        {
            throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' has both (?<step>…) and (?<epoch>…); checkpoints are numbered by one of them");
        }

        return !groups.Contains("unit", StringComparer.Ordinal) || groups.Contains("tokens", StringComparer.Ordinal)
            ? new(text, regex)
            : throw new InvalidInputException(where, $"'{Files.Text.OneLine(text)}' has a (?<unit>…) without (?<tokens>…)");
    }

    /// <summary>What a name says; <see langword="null"/> where it doesn't fit.</summary>
    public NameReading? Read(string name)
    {
        if (_regex.Match(name) is not { Success: true } match)
        {
            return null;
        }

        var number = Value(match, "step") ?? Value(match, "epoch");
        var tokens = Value(match, "tokens") is { } digits ? digits + Value(match, "unit") : null;
        var (step, count) = (number is null ? null : Number(number, int.MaxValue), tokens is null ? null : Number(tokens, long.MaxValue));
        if (number is not null && step is null)
        {
            return new(Name: null, string.Create(CultureInfo.InvariantCulture, $"has '{Files.Text.OneLine(number)}' for its step; a step is a whole number to {int.MaxValue}"));
        }

        if (tokens is not null && count is null)
        {
            return new(Name: null, $"has '{Files.Text.OneLine(tokens)}' for its tokens; they are a number with K, M, B (or G) or T, or none of these");
        }

        return number is null && tokens is null
            ? new(Name: null, "has neither a step nor tokens")
            : new(
                new CheckpointName
                {
                    Text = name,
                    Step = (int?)step,
                    IsEpoch = Value(match, "epoch") is not null,
                    Tokens = count,
                    Stage = Part(match, "stage"),
                    Branch = Part(match, "branch"),
                    Seed = Part(match, "seed"),
                    Model = Value(match, "model"),
                },
                Fault: null);
    }

    private static string? Value(Match match, string group) => match.Groups[group] is { Success: true, Length: > 0 } found ? found.Value : null;

    /// <summary>A number alone is written behind what it numbers; a word stands by itself, but for a seed's.</summary>
    private static string? Part(Match match, string kind) => Value(match, kind) switch
    {
        null => null,
        var digits when digits.All(char.IsAsciiDigit) => kind + digits,
        var word when kind == "seed" && !word.StartsWith(kind, StringComparison.Ordinal) => $"{kind}-{word}",
        var word => word,
    };

    /// <summary>A number with an ending for its size: 480k, 2.5T.</summary>
    private static long? Number(string text, long most)
    {
        decimal factor = char.ToUpperInvariant(text[^1]) switch { 'K' => 1e3m, 'M' => 1e6m, 'B' or 'G' => 1e9m, 'T' => 1e12m, _ => 1 };
        var digits = factor == 1 ? text : text[..^1];
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= most / factor && number * factor % 1 == 0
            ? (long)(number * factor)
            : null;
    }
}
