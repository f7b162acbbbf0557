using System.Collections.Immutable;
using CircuitGrid.Models.Transformers;

namespace CircuitGrid.Circuits.Heads;

/// <summary>What a head does on text that is said twice, each a mean attention weight from 0 to 1.</summary>
/// <param name="Layer">Zero-based.</param>
/// <param name="Head">Zero-based.</param>
/// <param name="PreviousToken">Weight on the token before.</param>
/// <param name="Induction">Weight on the token after the earlier mention of the present one.</param>
/// <param name="DuplicateToken">Weight on the earlier mention of the present token.</param>
public sealed record RepetitionScore(int Layer, int Head, double PreviousToken, double Induction, double DuplicateToken);

/// <summary>Scores heads on random tokens said twice (docs/method.md, induction, previous-token and duplicate-token heads).</summary>
public static class RepetitionScores
{
    /// <summary>The scores of every head, by layer and head.</summary>
    /// <param name="model">The model.</param>
    /// <param name="halves">Token ids said twice in each sequence; all of one length n, twice which fits the context.</param>
    /// <returns>With A[q,k] a head's weights: induction is the mean of A[k+n−1,k] over k = 0…n, previous-token that of A[k+1,k] over k = 0…2n−2, duplicate-token that of A[k+n,k] over k = 0…n−1.</returns>
    public static ImmutableArray<RepetitionScore> Measure(Transformer model, IReadOnlyList<ImmutableArray<int>> halves)
    {
        var half = halves[0].Length;
        var length = 2 * half;
        var batch = new TokenBatch(halves.Select(h => h.AddRange(h)));
        using var run = model.RunSources(batch);
        var scores = ImmutableArray.CreateBuilder<RepetitionScore>(model.Config.Layers * model.Config.Heads);
        var weights = new float[model.Config.Heads * halves.Count * length * length];
        for (var l = 0; l < model.Config.Layers; l++)
        {
            using var patterns = model.AttentionPatterns(l, run.Residual[l], batch.Sequences);
            model.Device.Download(patterns, weights);
            for (var h = 0; h < model.Config.Heads; h++)
            {
                var head = weights.AsSpan(h * halves.Count * length * length, halves.Count * length * length);
                scores.Add(new RepetitionScore(
                    l, h, MeanDiagonal(head, length, distance: 1, count: length - 1), MeanDiagonal(head, length, half - 1, half + 1), MeanDiagonal(head, length, half, half)));
            }
        }

        return scores.MoveToImmutable();
    }

    /// <summary>Mean of A[k+distance,k] over the first <paramref name="count"/> k and all sequences.</summary>
    private static double MeanDiagonal(ReadOnlySpan<float> patterns, int length, int distance, int count)
    {
        var sum = 0.0;
        for (var start = 0; start < patterns.Length; start += length * length)
        {
            for (var k = 0; k < count; k++)
            {
                sum += patterns[start + ((k + distance) * length) + k];
            }
        }

        return sum / (count * (patterns.Length / (length * length)));
    }
}
