namespace CircuitGrid.Circuits.Statistics;

/// <summary>How far the choice of examples moves a similarity of circuits, or an average of such similarities.</summary>
public static class SimilarityInterval
{
    /// <summary>
    /// An interval around the similarity as it is that holds its expectation in 95 % or more: ± t·s, cut at 0 and 1, s being the root mean square of what
    /// resamples differ from it by, times √(n/(n−1)), and t Student's quantile. No percentiles: examples drawn with replacement double the noise in every
    /// circuit, so that the similarities of resamples lie too low; their distance is taken as part of the error instead.
    /// </summary>
    /// <param name="value">The similarity.</param>
    /// <param name="replicates">The similarity of the circuits of every resample, at least two.</param>
    /// <param name="blocks">n, the blocks of examples that were resampled, at least two.</param>
    /// <exception cref="ArgumentException">There are too few resamples or blocks to say how they vary.</exception>
    public static Interval Around(double value, ReadOnlySpan<double> replicates, int blocks)
    {
        if (replicates.Length < 2 || blocks < 2)
        {
            throw new ArgumentException($"{replicates.Length} resamples of {blocks} blocks don't say how a similarity varies.", nameof(replicates));
        }

        var squares = 0.0;
        foreach (var replicate in replicates)
        {
            squares += (replicate - value) * (replicate - value);
        }

        var error = Math.Sqrt(squares / replicates.Length * blocks / (blocks - 1));
        var half = StudentT.Quantile(0.975, blocks - 1) * error;
        return new(Math.Max(0, value - half), Math.Min(1, value + half));
    }
}
