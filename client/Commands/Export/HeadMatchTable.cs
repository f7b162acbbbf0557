using CircuitGrid.Experiments.Comparison.Roles;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every two heads of two models that match, at their last checkpoints.</summary>
internal static class HeadMatchTable
{
    public const string Heading = "first_model,second_model,first_head,second_head,distance";

    public static IEnumerable<string> Rows(ModelRoles first, ModelRoles second) =>
        MatchedHeads.Of(first.Last, second.Last).Select(m => CsvRow.Of(first.Model, second.Model, m.First.ToString(), m.Second.ToString(), m.Distance));
}
