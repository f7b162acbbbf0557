namespace CircuitGrid.Experiments.Cells;

/// <summary>Where a result comes from. It is kept beside the result and never part of its bytes.</summary>
public sealed record Provenance
{
    /// <summary>Seconds of analysis, loading excluded.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds that loading the checkpoint took, for all its tasks together.</summary>
    public required double LoadSeconds { get; init; }

    /// <summary>The work of the analysis as <see cref="Grid.CostModel"/> counts it, to forecast others by.</summary>
    public required double Work { get; init; }

    /// <summary>Threads the analysis ran on.</summary>
    public required int Threads { get; init; }

    public required string Host { get; init; }

    /// <summary>What computed it, for people.</summary>
    public required string Device { get; init; }

    /// <summary>Name and version of the program.</summary>
    public required string Program { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Finished { get; init; }
}
