using System.Collections.Immutable;
using CircuitGrid.Circuits.Heads;
using CircuitGrid.Circuits.Heads.Ioi;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Reports;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every checkpoint that does IOI: the three shares of the known algorithm, in its circuit and over all heads.</summary>
internal static class AlgorithmTable
{
    private static readonly string[] shares = ["b", "c", "d"];
    private static readonly string[] forms = ["absolute", "signed"];

    public static string Heading { get; } = string.Join(
        ',',
        [
            "suite,model,step,tokens",
            .. Forms("in_circuit"),
            .. Forms("all_heads"),
            "name_movers,negative_name_movers,copy_suppression,negative_copy_suppression,s_inhibition,induction,duplicate_token,circuit_heads,circuit_s_inhibition,circuit_induction,circuit_duplicate_token,helping,hindering,logit_difference_lost,logit_difference_lost_low,logit_difference_lost_high,no_shares_because,tokens_known",
        ]);

    public static string? Row(ScoredHeads scored)
    {
        if (scored.Scores.Ioi is not { } ioi)
        {
            return null;
        }

        var (id, all, circuit) = (scored.Cell.Id, ioi.AllHeads, ioi.InCircuit);
        var contrast = scored.Scores.Contrast!;
        return CsvRow.Of(
        [
            id.Suite,
            id.Model,
            id.Step,
            scored.Cell.TokensSeen,
            .. Numbers(ioi, contrast.IsThere ? circuit : null),
            .. Numbers(ioi, contrast.IsThere ? all : null),
            .. Texts([ioi.NameMovers, ioi.NegativeNameMovers, ioi.CopySuppression, ioi.NegativeCopySuppression, all.SInhibition, all.Induction, all.DuplicateToken]),
            .. Texts([circuit?.Heads ?? [], circuit?.SInhibition ?? [], circuit?.Induction ?? [], circuit?.DuplicateToken ?? []]),
            .. Texts([Carriers(ioi, e => e < 0), Carriers(ioi, e => e > 0)]),
            contrast.Difference,
            contrast.Interval.Low,
            contrast.Interval.High,
            contrast.WhyNot,
            TokensKnownNames.Of(scored.Cell.TokensKnown),
        ]);
    }

    private static IEnumerable<string> Forms(string over) => shares.SelectMany(
        share => forms.SelectMany(form => new[] { $"{share}_{over}_{form}", $"{share}_{over}_{form}_low", $"{share}_{over}_{form}_high" })
            .Concat([$"{share}_{over}_total", $"{share}_{over}_helping", $"{share}_{over}_hindering"]));

    private static IEnumerable<object?> Numbers(IoiAlgorithmResult ioi, IoiAlgorithmShares? of)
    {
        var intervals = of?.Intervals(ioi) ?? [null, null, null];
        return ((EffectShare?[])[of?.Direct, of?.Queries, of?.Values]).Zip(intervals, (share, interval) => new object?[]
        {
            share?.Absolute, interval?.Absolute.Low, interval?.Absolute.High, share?.Signed, interval?.Signed.Low, interval?.Signed.High, share?.Total, share?.Helping, share?.Hindering,
        }).SelectMany(numbers => numbers);
    }

    /// <summary>The heads that carry direct effects and work one way, by layer and head.</summary>
    private static ImmutableArray<HeadIndex> Carriers(IoiAlgorithmResult ioi, Func<double, bool> way) =>
        [.. ioi.DirectCarriers.Distinct().Where(h => way(ioi.DirectEffects[h])).OrderBy(h => (h.Layer, h.Head))];

    private static IEnumerable<string> Texts(ImmutableArray<HeadIndex>[] groups) => groups.Select(group => string.Join(' ', group));
}
