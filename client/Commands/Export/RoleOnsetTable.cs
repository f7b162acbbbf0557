using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison.Onsets;
using CircuitGrid.Experiments.Comparison.Roles;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every role of a model: when it appears, how that lies to its task's onset, and its mean depth at the last checkpoint.</summary>
internal static class RoleOnsetTable
{
    public static readonly string Heading =
        $"suite,model,role,task,threshold,run,first_head,order,{OnsetTable.Columns("")},circuit_order,{OnsetTable.Columns("circuit_")},mean_depth,{OnsetTable.StepColumns("")},{OnsetTable.StepColumns("circuit_")},tokens_known";

    public static IEnumerable<string> Rows(ModelRoles model, IReadOnlyCollection<TaskOnset> tasks) => model.Roles.Select(role => CsvRow.Of(
    [
        model.Suite,
        model.Model,
        RoleText.KeyOf(role.Role),
        RoleTrajectory.TaskOf(role.Role),
        RoleTrajectory.Threshold,
        Circuits.Statistics.Onset.RunLength,
        role.First?.ToString(),
        OnsetOrders.NameOf(model.OrderOf(role, tasks)),
        .. OnsetTable.Fields(role.Onset, model.TokensKnown),
        OnsetOrders.NameOf(model.CircuitOrderOf(role, tasks)),
        .. OnsetTable.Fields(role.CircuitOnset, model.TokensKnown),
        model.Last.Roles.TryGetValue(role.Role, out var scores) ? RoleProfile.Of(role.Role, scores).MeanDepth : null,
        .. OnsetTable.StepFields(role.Onset, model.TokensKnown),
        .. OnsetTable.StepFields(role.CircuitOnset, model.TokensKnown),
        TokensKnownNames.Of(model.TokensKnown),
    ]));
}
