using System.Globalization;
using CircuitGrid.Experiments.Grid;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Output;

/// <summary>When in training something is: in tokens, with what isn't sure of them, or in steps where nobody knows the tokens.</summary>
internal static class TrainingTimeText
{
    private const string Rounding = "rounded, as its name or its publisher has them";

    private static readonly string Assumed = string.Create(CultureInfo.InvariantCulture, $"assumed: {SuiteFolder.PythiaTokensPerStep:N0} a step");

    private static string Assumption { get; } = $"{Assumed}; write tokensPerStep into suite.json";

    /// <summary><c>after 8,192,000 tokens</c>, <c>after about 3 G tokens (rounded, …)</c>, <c>after step 500</c>.</summary>
    public static string After(PlannedCell cell) => cell.TokensKnown switch
    {
        TokensKnown.Counted => $"after {Figures.Count(cell.Tokens)} tokens",
        TokensKnown.Rounded => $"after about {Figures.Tokens(cell.Tokens)} tokens ({Rounding})",
        TokensKnown.Assumed => $"after {Figures.Count(cell.Tokens)} tokens ({Assumption})",
        _ when cell.Tokens == cell.Id.Step => $"after step {Figures.Count(cell.Tokens)}",
        _ => $"after step {Figures.Count(cell.Tokens)}, earlier stages included",
    };

    /// <summary><c>2.048 M</c>; <c>step 500</c>.</summary>
    public static string At(double time, TokensKnown known) => known switch
    {
        TokensKnown.Unknown => $"step {Figures.Count((long)Math.Round(time))}",
        _ => Figures.Tokens(time),
    };

    /// <summary>What the times of a table are counted in: <c>in tokens</c>, <c>in tokens (assumed: …)</c>, <c>in steps</c>.</summary>
    public static string In(TokensKnown known) => known switch
    {
        TokensKnown.Counted => "in tokens",
        TokensKnown.Rounded => $"in tokens ({Rounding})",
        TokensKnown.Assumed => $"in tokens ({Assumption})",
        _ => "in steps",
    };

    /// <summary>What is to be known of all tokens, as a line below a table; <see langword="null"/> where they are counted.</summary>
    /// <param name="known">How they are known.</param>
    /// <param name="isOnHub">Whether the suite is on the hub, and has no file of its own.</param>
    public static string? Note(TokensKnown known, bool isOnHub = false) => known switch
    {
        TokensKnown.Counted => null,
        TokensKnown.Rounded => "Tokens are rounded, as names or publishers have them.",
        TokensKnown.Assumed => $"Tokens are {(isOnHub ? $"{Assumed}; write tokensPerStep into the experiment" : Assumption)}.",
        _ => "How many tokens training has seen isn't known: its time is counted in steps.",
    };
}
