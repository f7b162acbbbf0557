using System.Text.Json;
using CircuitGrid.Circuits.Heads;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files and the page have for roles.</summary>
public static class RoleNames
{
    /// <summary>E.g. <c>copy-suppression</c>.</summary>
    public static string Of(HeadRole role) => JsonNamingPolicy.KebabCaseLower.ConvertName(role.ToString());
}
