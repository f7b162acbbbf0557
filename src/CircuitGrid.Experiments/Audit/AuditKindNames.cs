using System.Collections.Immutable;
namespace CircuitGrid.Experiments.Audit;

/// <summary>What is found in an audit, in the words of outputs and of an experiment's <c>accept</c>.</summary>
public static class AuditKindNames
{
    /// <summary>The kinds that leave a checkpoint out of comparisons, and that an experiment can accept.</summary>
    public static ImmutableArray<string> Acceptable { get; } = [Of(AuditKind.EqualWeights), Of(AuditKind.Elsewhere), Of(AuditKind.StalePart), Of(AuditKind.TokenOrder)];

    /// <summary>A kind's word.</summary>
    public static string Of(AuditKind kind) => kind switch
    {
        AuditKind.EqualWeights => "equal-weights",
        AuditKind.Elsewhere => "elsewhere",
        AuditKind.StalePart => "stale-part",
        AuditKind.TokenOrder => "token-order",
        AuditKind.Gap => "gap",
        AuditKind.Settings => "settings",
        AuditKind.WeightKinds => "weight-kinds",
        AuditKind.Unusable => "unusable",
        AuditKind.Reported => "reported",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
