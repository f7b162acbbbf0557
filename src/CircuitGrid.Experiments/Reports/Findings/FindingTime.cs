using System.Globalization;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Experiments.Reports.Findings;

/// <summary>
/// Moments of training as sentences have them: in tokens, or in steps where nobody knows the tokens. Tokens that are rounded or assumed are said to be with the
/// first of the sentences.
/// </summary>
internal sealed class FindingTime(ReportDocument report)
{
    private bool isSaid;

    /// <summary><c>524 k</c>; <c>step 500</c>.</summary>
    public string At(double time) =>
        report.TokensKnown == TokensKnown.Unknown ? string.Create(CultureInfo.InvariantCulture, $"step {time:F0}") : FindingText.Tokens(time);

    /// <summary><c>between 500 k and 2 M training tokens</c>; <c>between step 100 and step 500</c>.</summary>
    public string Between(double after, double by) => $"between {At(after)} and {At(by)}{Unit()}";

    /// <summary><c>by 2 M training tokens at the latest</c>; <c>by step 500 at the latest</c>.</summary>
    public string AtTheLatest(double by) => $"by {At(by)}{Unit()} at the latest";

    private string Unit()
    {
        var qualified = isSaid ? "" : report.TokensKnown switch
        {
            TokensKnown.Assumed => string.Create(CultureInfo.InvariantCulture, $" (tokens assumed: {report.TokensPerStepAssumed:N0} a step)"),
            TokensKnown.Rounded => " (tokens rounded)",
            _ => "",
        };
        isSaid = true;
        return report.TokensKnown == TokensKnown.Unknown ? "" : $" training tokens{qualified}";
    }
}
