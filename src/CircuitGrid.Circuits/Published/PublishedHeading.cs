using CircuitGrid.Compute.Devices;

namespace CircuitGrid.Circuits.Published;

/// <summary>What every entry says of its values, whatever they are.</summary>
public sealed record PublishedHeading
{
    /// <summary>Its name among all entries.</summary>
    public required string Id { get; init; }

    /// <summary>What the values were computed in.</summary>
    public required WeightPrecision Precision { get; init; }

    public required PublishedTolerance Tolerance { get; init; }

    public required PublishedSource Source { get; init; }

    /// <summary>What one should know of the values, in a sentence; empty for nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Why the values may be wrong themselves, in a sentence, so that others are a warning and no failure; empty where nothing speaks against them.</summary>
    public string Doubt { get; init; } = "";
}
