using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Experiments.Comparison;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every checkpoint that does IOI: the three shares of the known algorithm, over all heads.</summary>
internal static class AlgorithmTable
{
    public const string Heading =
        "suite,model,step,tokens,b_absolute,b_signed,b_total,c_absolute,c_signed,c_total,d_absolute,d_signed,d_total,name_movers,negative_name_movers,copy_suppression,negative_copy_suppression,s_inhibition,induction,duplicate_token";

    public static string? Row(ScoredHeads scored)
    {
        if (scored.Scores.Ioi is not { } ioi)
        {
            return null;
        }

        var (id, shares) = (scored.Cell.Id, ioi.AllHeads);
        (EffectShare? b, EffectShare? c, EffectShare? d) = (shares.Direct, shares.Queries, shares.Values);
        return CsvRow.Of(
            id.Suite,
            id.Model,
            id.Step,
            scored.Cell.Tokens,
            b.Absolute,
            b.Signed,
            b.Total,
            c?.Absolute,
            c?.Signed,
            c?.Total,
            d?.Absolute,
            d?.Signed,
            d?.Total,
            string.Join(' ', ioi.NameMovers),
            string.Join(' ', ioi.NegativeNameMovers),
            string.Join(' ', ioi.CopySuppression),
            string.Join(' ', ioi.NegativeCopySuppression),
            string.Join(' ', shares.SInhibition),
            string.Join(' ', shares.Induction),
            string.Join(' ', shares.DuplicateToken));
    }
}
