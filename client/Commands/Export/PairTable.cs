using CircuitGrid.Client.Experiments;
using CircuitGrid.Experiments.Comparison;
using CircuitGrid.Experiments.Reports;
using CircuitGrid.Experiments.Specification;

namespace CircuitGrid.Client.Commands;

/// <summary>A line for every two consecutive included checkpoints of a model and task; where a training branches off another model's, the last one there and the first one here.</summary>
internal static class PairTable
{
    public const string Heading =
        "suite,model,task,from,to,from_tokens,to_tokens,verdict,scope,size_verdict,jaccard,chance,corrected,degree_chance,degree_corrected,across,within_from,within_to,ceiling,of_ceiling,difference,difference_low,difference_high,smallest_shown,p,q_benjamini_hochberg,q_benjamini_yekutieli,spearman,weighted_jaccard,weighted_jaccard_in_circuits,rank_biased_overlap,earlier_on_later,later_on_earlier,unjudged,kept,gained,lost,tokens_known,to_model";

    public static string Row(ComparedPair pair)
    {
        var (id, c, noise) = (pair.From.Id, pair.Comparison, pair.Comparison.Noise);
        return CsvRow.Of(
            id.Suite,
            id.Model,
            id.Task,
            id.Step,
            pair.To.Id.Step,
            pair.From.TokensSeen,
            pair.To.TokensSeen,
            EvidenceText.NameOf(c.Verdict),
            SpecNames.Sampling.Of(c.Scope),
            VerdictNames.Of(c.SizeVerdict),
            c.Jaccard,
            c.Chance,
            c.Corrected,
            c.DegreeChance,
            c.DegreeCorrected,
            noise?.Across,
            noise?.WithinFirst,
            noise?.WithinSecond,
            noise?.Ceiling,
            noise?.OfCeiling,
            noise?.Difference,
            noise?.DifferenceInterval.Low,
            noise?.DifferenceInterval.High,
            noise?.SmallestShown,
            noise?.PValue,
            pair.Hochberg,
            pair.Yekutieli,
            c.Spearman,
            c.Weighted,
            c.WeightedInCircuits,
            c.RankBiased,
            c.Cross?.FirstOnSecond,
            c.Cross?.SecondOnFirst,
            pair.Unjudged,
            c.Kept.Length,
            c.Gained.Length,
            c.Lost.Length,
            TokensKnownNames.Of(pair.From.TokensKnown > pair.To.TokensKnown ? pair.From.TokensKnown : pair.To.TokensKnown),
            pair.To.Id.Model);
    }
}
