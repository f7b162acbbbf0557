using System.Globalization;

namespace CircuitGrid.Compute;

/// <summary>What stretches rotary angles to contexts longer than those first trained on. Holds at every length.</summary>
public abstract record RotaryScaling
{
    /// <summary>Its kind and numbers, in one word.</summary>
    public abstract override string ToString();

    /// <summary>Factor on cosines and sines.</summary>
    public virtual double Magnitude => 1;

    /// <summary>The scaled frequency of a pair.</summary>
    /// <param name="rotary">What is scaled.</param>
    /// <param name="j">The pair.</param>
    /// <param name="plain">Its frequency without scaling.</param>
    public abstract double Frequency(Rotary rotary, int j, double plain);
}

/// <summary>All angles divided by a factor.</summary>
/// <param name="Factor">The factor.</param>
public sealed record LinearScaling(double Factor) : RotaryScaling
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"linear:{Factor:R}");

    public override double Frequency(Rotary rotary, int j, double plain) => plain / Factor;
}

/// <summary>
/// Llama 3's: a wavelength λ = 2π/f below L/High stays, one above L/Low is stretched by the factor, and between them the frequency passes linearly in
/// s = (L/λ − Low)/(High − Low) from f/Factor to f.
/// </summary>
/// <param name="Factor">The factor.</param>
/// <param name="LowFrequencyFactor">Low.</param>
/// <param name="HighFrequencyFactor">High.</param>
/// <param name="OriginalContext">L, positions before scaling.</param>
public sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, double OriginalContext) : RotaryScaling
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"llama3:{Factor:R}:{LowFrequencyFactor:R}:{HighFrequencyFactor:R}:{OriginalContext:R}");

    public override double Frequency(Rotary rotary, int j, double plain)
    {
        var turns = OriginalContext * plain / (2 * Math.PI);
        if (turns > HighFrequencyFactor)
        {
            return plain;
        }

        if (turns < LowFrequencyFactor)
        {
            return plain / Factor;
        }

        var share = (turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return ((1 - share) * plain / Factor) + (share * plain);
    }
}

/// <summary>
/// YaRN (Peng, Quesnelle, Fan, Shippole 2023) as its authors' code has it, the ramp linear in the pair's index between rounded bounds: docs/method.md, families.
/// </summary>
/// <param name="Factor">The factor.</param>
/// <param name="BetaFast">Turns within the original context from which on a pair isn't stretched.</param>
/// <param name="BetaSlow">Turns below which it is stretched by the whole factor.</param>
/// <param name="OriginalContext">L, positions before scaling.</param>
/// <param name="AttentionFactor">Factor on cosines and sines.</param>
public sealed record YarnScaling(double Factor, double BetaFast, double BetaSlow, double OriginalContext, double AttentionFactor) : RotaryScaling
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"yarn:{Factor:R}:{BetaFast:R}:{BetaSlow:R}:{OriginalContext:R}:{AttentionFactor:R}");

    public override double Magnitude => AttentionFactor;

    public override double Frequency(Rotary rotary, int j, double plain)
    {
        var low = Math.Max(Math.Floor(PairOf(rotary, BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(PairOf(rotary, BetaSlow)), rotary.Dimensions - 1);
        if (low == high)
        {
            high += 0.001;
        }

        var ramp = Math.Clamp((j - low) / (high - low), 0, 1);
        return (plain * (1 - ramp)) + (plain / Factor * ramp);
    }

    /// <summary>The pair, as a real number, that makes so many turns within the original context.</summary>
    private double PairOf(Rotary rotary, double turns) => rotary.Dimensions * Math.Log(OriginalContext / (2 * Math.PI * turns)) / (2 * Math.Log(rotary.Base));
}
