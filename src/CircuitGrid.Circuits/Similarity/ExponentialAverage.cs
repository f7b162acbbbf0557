namespace CircuitGrid.Circuits.Similarity;

/// <summary>The exponentially weighted moving average y₀ = x₀, yₜ = α·xₜ + (1 − α)·yₜ₋₁, without bias adjustment (method, §8.1).</summary>
public static class ExponentialAverage
{
    /// <summary>α of the published figures.</summary>
    public const double DefaultAlpha = 0.5;

    /// <summary>Computes <paramref name="averages"/> from entry <paramref name="from"/> on; the entries before it must be right already.</summary>
    /// <param name="values">x.</param>
    /// <param name="averages">y, at least as long.</param>
    /// <param name="from">First entry whose value, or a value before it, has changed.</param>
    /// <param name="alpha">α, in (0, 1].</param>
    public static void Update(ReadOnlySpan<double> values, Span<double> averages, int from = 0, double alpha = DefaultAlpha)
    {
        for (var t = from; t < values.Length; t++)
        {
            averages[t] = t == 0 ? values[0] : (alpha * values[t]) + ((1 - alpha) * averages[t - 1]);
        }
    }
}
