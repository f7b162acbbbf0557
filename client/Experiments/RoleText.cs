using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Experiments;

/// <summary>Roles as people and files name them.</summary>
internal static class RoleText
{
    public static string Of(HeadRole role) => role switch
    {
        HeadRole.Induction => "induction",
        HeadRole.PreviousToken => "previous token",
        HeadRole.DuplicateToken => "duplicate token",
        HeadRole.Successor => "successor",
        HeadRole.Copying => "copying of names",
        HeadRole.NegativeCopying => "copying, negative",
        HeadRole.CopySuppression => "copy suppression",
        HeadRole.SInhibition => "S-inhibition",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };

    /// <summary>The role as JSON and CSV name it.</summary>
    public static string KeyOf(HeadRole role) => RoleNames.Of(role);
}
