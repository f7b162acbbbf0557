using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every role that two models have in common: how far apart it is in depth, at their last checkpoints.</summary>
internal static class RoleDistanceTable
{
    public const string Heading = "role,first_model,second_model,distance";

    public static IEnumerable<string> Rows(ModelRoles first, ModelRoles second) => first.Last.Roles.Keys.Intersect(second.Last.Roles.Keys).Select(role => CsvRow.Of(
        RoleText.KeyOf(role),
        first.Model,
        second.Model,
        RoleProfile.Of(role, first.Last.Roles[role]).DistanceTo(RoleProfile.Of(role, second.Last.Roles[role]))));
}
