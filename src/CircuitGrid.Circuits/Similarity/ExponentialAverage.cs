namespace CircuitGrid.Circuits.Similarity;

/// <summary>The exponentially weighted moving average y₀ = x₀, yₜ = α·xₜ + (1 − α)·yₜ₋₁, without bias adjustment (method, §8.1).</summary>
public static class ExponentialAverage
{
    /// <summary>α of the published figures.</summary>
    public const double DefaultAlpha = 0.5;

    /// <summary>yₜ.</summary>
    /// <param name="previous">yₜ₋₁.</param>
    /// <param name="value">xₜ.</param>
    /// <param name="alpha">α, in (0, 1].</param>
    public static double Next(double previous, double value, double alpha = DefaultAlpha) => (alpha * value) + ((1 - alpha) * previous);

    /// <summary>The averages of a series, as long as it.</summary>
    public static double[] Of(ReadOnlySpan<double> values, double alpha = DefaultAlpha)
    {
        var averages = values.ToArray();
        for (var t = 1; t < averages.Length; t++)
        {
            averages[t] = Next(averages[t - 1], values[t], alpha);
        }

        return averages;
    }
}
