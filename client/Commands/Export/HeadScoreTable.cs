using CircuitGrid.Circuits.Heads;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every head of every checkpoint: its score in every role.</summary>
internal static class HeadScoreTable
{
    public const string Heading =
        "suite,model,step,tokens,head,induction,previous_token,duplicate_token,successor,copying,negative_copying,copy_suppression,s_inhibition,direct_effect,tokens_known";

    public static IEnumerable<string> Rows(ScoredHeads scored)
    {
        var (id, scores) = (scored.Cell.Id, scored.Scores);
        var any = scores.Roles.Values.First();
        var effects = scores.Contrast is { IsThere: true } ? scores.DirectEffects : null;
        return any.Where(_ => true).Select(head =>
        {
            object? In(HeadRole role) => scores.Roles.TryGetValue(role, out var table) ? table[head] : null;
            return CsvRow.Of(
                id.Suite,
                id.Model,
                id.Step,
                scored.Cell.TokensSeen,
                head.ToString(),
                In(HeadRole.Induction),
                In(HeadRole.PreviousToken),
                In(HeadRole.DuplicateToken),
                In(HeadRole.Successor),
                In(HeadRole.Copying),
                In(HeadRole.NegativeCopying),
                In(HeadRole.CopySuppression),
                In(HeadRole.SInhibition),
                effects?[head],
                TokensKnownNames.Of(scored.Cell.TokensKnown));
        });
    }
}
