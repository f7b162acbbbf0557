namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>Magnitude·cos and magnitude·sin of position·θ_j, each [positions, dimensions/2], computed in float64.</summary>
internal sealed class RotaryTable
{
    public RotaryTable(Rotary rotary, int positions)
    {
        Positions = positions;
        var half = rotary.Dimensions / 2;
        Cosines = new float[positions * half];
        Sines = new float[positions * half];
        for (var j = 0; j < half; j++)
        {
            var frequency = rotary.Frequency(j);
            for (var p = 0; p < positions; p++)
            {
                var (sin, cos) = Math.SinCos(p * frequency);
                Cosines[(p * half) + j] = (float)(rotary.Magnitude * cos);
                Sines[(p * half) + j] = (float)(rotary.Magnitude * sin);
            }
        }
    }

    public int Positions { get; }

    public float[] Cosines { get; }

    public float[] Sines { get; }
}
