namespace CircuitGrid.Compute.Tests.Reference;

/// <summary>Rotary frequencies against numbers of the published formulas, computed elsewhere.</summary>
public sealed class RotaryTests
{
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 0.1)]
    [InlineData(3, 0.001)]
    public void Frequency_Unscaled_FallsGeometrically(int j, double expected) => Assert.Equal(expected, new Rotary(8, 10000).Frequency(j), 1e-15);

    [Fact]
    public void Frequency_Linear_IsDivided()
    {
        var rotary = new Rotary(8, 10000, new LinearScaling(4));
        Assert.Equal(0.025, rotary.Frequency(1), 1e-15);
        Assert.Equal(1, rotary.Magnitude);
    }

    // Llama 3.2 1B: 64 dimensions, base 500,000, factor 32 from 8,192 positions. Pairs 15 to 17 lie between the wavelengths 2,048 and 8,192.
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(8, 0.03760603093086393)]
    [InlineData(15, 0.001290547928209264)]
    [InlineData(16, 0.00042955679655936815)]
    [InlineData(17, 9.70828780262767e-05)]
    [InlineData(18, 1.9461638184831125e-05)]
    [InlineData(31, 9.41830672543491e-08)]
    public void Frequency_Llama3_StretchesLongWavesAlone(int j, double expected)
    {
        var rotary = new Rotary(64, 500000, new Llama3Scaling(32, LowFrequencyFactor: 1, HighFrequencyFactor: 4, OriginalContext: 8192));
        Assert.Equal(1, rotary.Frequency(j) / expected, 1e-12);
        Assert.Equal(1, rotary.Magnitude);
    }

    // Olmo 3: 128 dimensions, base 500,000, factor 8 from 8,192 positions. 32 turns are made by pair 18.08, one turn by pair 34.98: the ramp goes from 18 to 35.
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(18, 0.024955408670558694)]
    [InlineData(19, 0.01928275493783198)]
    [InlineData(25, 0.0038003201667920743)]
    [InlineData(34, 0.00016561303594542006)]
    [InlineData(35, 9.556212353964683e-05)]
    [InlineData(63, 3.068925988914511e-07)]
    public void Frequency_Yarn_RampsBetweenWholePairs(int j, double expected)
    {
        var rotary = new Rotary(128, 500000, new YarnScaling(8, BetaFast: 32, BetaSlow: 1, OriginalContext: 8192, AttentionFactor: 1.2079441541679836));
        Assert.Equal(1, rotary.Frequency(j) / expected, 1e-12);
        Assert.Equal(1.2079441541679836, rotary.Magnitude);
    }

    [Fact]
    public void Frequency_YarnWithBoundsThatMeet_IsAStep()
    {
        // The context makes 100 turns of pair 0: 200 turns lie before it, 100 turns on it, and both bounds are 0.
        var rotary = new Rotary(4, 1e8, new YarnScaling(4, BetaFast: 200, BetaSlow: 100, OriginalContext: 200 * Math.PI, AttentionFactor: 1));
        Assert.Equal(1, rotary.Frequency(0), 1e-12);
        Assert.Equal(1e-4 / 4, rotary.Frequency(1), 1e-12);
    }
}
