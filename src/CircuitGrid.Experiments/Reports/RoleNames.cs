using System.Text.Json;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;

namespace CircuitGrid.Experiments.Reports;

/// <summary>The words that files and the page have for roles.</summary>
public static class RoleNames
{
    /// <summary>E.g. <c>copy-suppression</c>.</summary>
    public static string Of(HeadRole role) => JsonNamingPolicy.KebabCaseLower.ConvertName(role.ToString());

    /// <summary>E.g. <c>negative-name-mover</c>.</summary>
    public static string Of(IoiCarrier carrier) => JsonNamingPolicy.KebabCaseLower.ConvertName(carrier.ToString());
}
