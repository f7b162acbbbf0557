namespace CircuitGrid.Compute.Cpu.Attention;

/// <summary>cos and sin of position·base^(−2j/dimensions), each [positions, dimensions/2], computed in float64.</summary>
internal sealed class RotaryTable
{
    public RotaryTable(Rotary rotary, int positions)
    {
        Rotary = rotary;
        Positions = positions;
        var half = rotary.Dimensions / 2;
        Cosines = new float[positions * half];
        Sines = new float[positions * half];
        for (var j = 0; j < half; j++)
        {
            var frequency = Math.Pow(rotary.Base, -2.0 * j / rotary.Dimensions);
            for (var p = 0; p < positions; p++)
            {
                var (sin, cos) = Math.SinCos(p * frequency);
                Cosines[(p * half) + j] = (float)cos;
                Sines[(p * half) + j] = (float)sin;
            }
        }
    }

    public Rotary Rotary { get; }

    public int Positions { get; }

    public float[] Cosines { get; }

    public float[] Sines { get; }
}
