using System.Collections.Immutable;
using CircuitGrid.Circuits.Attribution;
using CircuitGrid.Circuits.Evaluation;
using CircuitGrid.Compute;
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
    /// <summary>The scores of every head, by layer and head, without what they are means of.</summary>
    /// <inheritdoc cref="Tables"/>
    public static ImmutableArray<RepetitionScore> Measure(Transformer model, IReadOnlyList<ImmutableArray<int>> halves)
    {
        var (induction, previousToken, duplicateToken) = Tables(model, halves);
        return [.. induction.Where(_ => true).Select(h => new RepetitionScore(h.Layer, h.Head, previousToken[h], induction[h], duplicateToken[h]))];
    }

    /// <summary>
    /// The scores of every head. The sampling units are runs of neighbouring k within a sequence: as many of each sequence as make
    /// <see cref="HeadSamples.MostUnits"/> of all, or a few more.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="halves">Token ids said twice in each sequence; all of one length n, twice which fits the context.</param>
    /// <returns>With A[q,k] a head's weights: induction is the mean of A[k+n−1,k] over k = 0…n, previous-token that of A[k+1,k] over k = 0…2n−2, duplicate-token that of A[k+n,k] over k = 0…n−1.</returns>
    /// <exception cref="InvalidInputException">The sequences don't fit the model, or an attention weight isn't finite.</exception>
    public static (HeadTable Induction, HeadTable PreviousToken, HeadTable DuplicateToken) Tables(Transformer model, IReadOnlyList<ImmutableArray<int>> halves)
    {
        var half = halves[0].Length;
        var length = 2 * half;
        var batch = new TokenBatch(halves.Select(h => h.AddRange(h)));
        using var run = model.RunSources(batch);
        var heads = model.Config.Layers * model.Config.Heads;
        var runs = Math.Clamp((HeadSamples.MostUnits + halves.Count - 1) / halves.Count, 1, half);
        Diagonal[] diagonals = [new(heads, halves.Count, runs, half - 1, half + 1), new(heads, halves.Count, runs, 1, length - 1), new(heads, halves.Count, runs, half, half)];
        var weights = new float[model.Config.Heads * halves.Count * length * length];
        for (var l = 0; l < model.Config.Layers; l++)
        {
            using var patterns = model.AttentionPatterns(l, run.Residual[l], batch.Sequences);
            model.Device.Download(patterns, weights);
            Overflow.Refuse(weights, "attention to repeated tokens", model, batch);
            for (var h = 0; h < model.Config.Heads; h++)
            {
                foreach (var diagonal in diagonals)
                {
                    diagonal.Read((l * model.Config.Heads) + h, weights.AsSpan(h * halves.Count * length * length, halves.Count * length * length), length);
                }
            }
        }

        return (diagonals[0].Table(model.Config.Heads), diagonals[1].Table(model.Config.Heads), diagonals[2].Table(model.Config.Heads));
    }

    /// <summary>Means of A[k+distance,k] over the first <paramref name="count"/> k and all sequences, head by head.</summary>
    private sealed class Diagonal(int heads, int sequences, int runs, int distance, int count)
    {
        private readonly double[] means = new double[heads];
        private readonly double[] sums = new double[heads * sequences * runs];

        public void Read(int head, ReadOnlySpan<float> patterns, int length)
        {
            var sum = 0.0;
            for (var s = 0; s < sequences; s++)
            {
                for (var k = 0; k < count; k++)
                {
                    var weight = patterns[(((s * length) + k + distance) * length) + k];
                    sum += weight;
                    sums[(((head * sequences) + s) * runs) + BlockScores.BlockOf(k, count, runs)] += weight;
                }
            }

            means[head] = sum / (count * sequences);
        }

        public HeadTable Table(int headsOfLayer)
        {
            var counts = new double[sequences * runs];
            for (var s = 0; s < sequences; s++)
            {
                for (var k = 0; k < count; k++)
                {
                    counts[(s * runs) + BlockScores.BlockOf(k, count, runs)]++;
                }
            }

            return new(headsOfLayer, [.. means]) { Samples = new(sequences * runs, [.. sums], [.. counts]) };
        }
    }
}
