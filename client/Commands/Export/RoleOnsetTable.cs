using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every role of a model: the tokens at which it appears, and its mean depth at the last checkpoint.</summary>
internal static class RoleOnsetTable
{
    public const string Heading =
        "suite,model,role,task,first_head,first_tokens,first_low,first_high,midpoint_tokens,midpoint_low,midpoint_high,"
        + "circuit_first_tokens,circuit_first_low,circuit_first_high,circuit_midpoint_tokens,circuit_midpoint_low,circuit_midpoint_high,mean_depth";

    public static IEnumerable<string> Rows(ModelRoles model) => model.Roles.Select(role => CsvRow.Of(
        model.Suite,
        model.Model,
        RoleText.KeyOf(role.Role),
        RoleTrajectory.TaskOf(role.Role),
        role.First?.ToString(),
        role.Onset.First,
        role.Onset.FirstInterval?.Low,
        role.Onset.FirstInterval?.High,
        role.Onset.Midpoint,
        role.Onset.MidpointInterval?.Low,
        role.Onset.MidpointInterval?.High,
        role.CircuitOnset.First,
        role.CircuitOnset.FirstInterval?.Low,
        role.CircuitOnset.FirstInterval?.High,
        role.CircuitOnset.Midpoint,
        role.CircuitOnset.MidpointInterval?.Low,
        role.CircuitOnset.MidpointInterval?.High,
        model.Last.Roles.TryGetValue(role.Role, out var scores) ? RoleProfile.Of(role.Role, scores).MeanDepth : null));
}
