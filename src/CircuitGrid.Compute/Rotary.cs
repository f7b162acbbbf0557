namespace CircuitGrid.Compute;

/// <summary>
/// Rotary position embedding on the first <paramref name="Dimensions"/> of every head's query and key: columns j and j + Dimensions/2 turn by
/// position·<see cref="Frequency"/>(j), θ_j = Base^(−2j/Dimensions) unless scaled, and are multiplied by <see cref="Magnitude"/>.
/// </summary>
/// <param name="Dimensions">Columns that turn.</param>
/// <param name="Base">θ.</param>
/// <param name="Scaling">What stretches the angles to longer contexts; <see langword="null"/> for nothing.</param>
public readonly record struct Rotary(int Dimensions, double Base, RotaryScaling? Scaling = null)
{
    /// <summary>Factor on cosines and sines; 1 unless scaled.</summary>
    public double Magnitude => Scaling?.Magnitude ?? 1;

    /// <summary>Angle by which pair j turns from one position to the next, in radians.</summary>
    public double Frequency(int j)
    {
        var plain = Math.Pow(Base, -2.0 * j / Dimensions);
        return Scaling?.Frequency(this, j, plain) ?? plain;
    }
}
