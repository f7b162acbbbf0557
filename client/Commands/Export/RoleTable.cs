using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Models.Suites;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every role and checkpoint of a model: the role's series and its heads' turnover.</summary>
internal static class RoleTable
{
    public const string Heading = "suite,model,role,task,step,tokens,first_head,score,circuit_sum,circuit_sum_low,circuit_sum_high,heads,heads_surely,heads_possibly,jaccard,entering,leaving,ever_seen,tokens_known";

    public static IEnumerable<string> Rows(ModelRoles model)
    {
        var known = model.Checkpoints.ToDictionary(c => c.Cell.Id.Step, c => c.Cell.TokensKnown);
        return model.Roles.SelectMany(role => role.Points.Select(point => Row(model, role, point, known[point.Step])));
    }

    private static string Row(ModelRoles model, RoleTrajectory role, RolePoint point, TokensKnown known) => CsvRow.Of(
        model.Suite,
        model.Model,
        RoleText.KeyOf(role.Role),
        RoleTrajectory.TaskOf(role.Role),
        point.Step,
        known == TokensKnown.Unknown ? null : point.Tokens,
        role.First?.ToString(),
        point.Score,
        point.CircuitSum,
        point.CircuitSumInterval?.Low,
        point.CircuitSumInterval?.High,
        point.Heads.Count,
        point.HeadCounts?.Surely,
        point.HeadCounts?.Possibly,
        point.Turnover?.Jaccard,
        point.Turnover?.Entering,
        point.Turnover?.Leaving,
        point.Turnover?.EverSeen,
        TokensKnownNames.Of(known));
}
