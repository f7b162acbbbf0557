using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every role of a model: the tokens at which it appears, and its mean depth at the last checkpoint.</summary>
internal static class RoleOnsetTable
{
    public const string Heading = "suite,model,role,task,first_head,first_tokens,midpoint_tokens,circuit_first_tokens,circuit_midpoint_tokens,mean_depth";

    public static IEnumerable<string> Rows(ModelRoles model) => model.Roles.Select(role => CsvRow.Of(
        model.Suite,
        model.Model,
        RoleText.KeyOf(role.Role),
        RoleTrajectory.TaskOf(role.Role),
        role.First?.ToString(),
        role.Onset.First,
        role.Onset.Midpoint,
        role.CircuitOnset.First,
        role.CircuitOnset.Midpoint,
        model.Last.Roles.TryGetValue(role.Role, out var scores) ? RoleProfile.Of(role.Role, scores).MeanDepth : null));
}
