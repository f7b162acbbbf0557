namespace CircuitGrid.Circuits.Evaluation;

/// <summary>How many rows a batch needs, and no more, for matrix products at full speed and calls that cost nothing (docs/engine.md, memory).</summary>
internal static class BatchSize
{
    /// <summary>Rows from which on products of wide models are at full speed.</summary>
    public const int FullSpeedRows = 160;

    private const int FullSpeedElements = FullSpeedRows * 512;

    /// <summary>Rows beyond which a larger batch gains nothing; more in narrow models, where a row is less work.</summary>
    /// <param name="width">D.</param>
    public static int EnoughRows(int width) => Math.Max(FullSpeedRows, FullSpeedElements / width);
}
