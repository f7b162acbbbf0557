using CircuitGrid.Compute;

namespace CircuitGrid.Models.Architectures;

/// <summary>How a family's <c>config.json</c> states rotary positions, and what holds where it doesn't.</summary>
internal sealed record RotaryRules
{
    /// <summary>The base of a file that has none.</summary>
    public double Base { get; init; } = 10000;

    /// <summary>The scaling of a file that has no key for it.</summary>
    public RotaryScaling? Scaling { get; init; }

    /// <summary>The share of a head that turns where the file doesn't say; <see langword="null"/> where all of it always does.</summary>
    public double? Share { get; init; }

    /// <summary>What older files call <c>rope_theta</c>.</summary>
    public string? OlderBase { get; init; }

    /// <summary>What older files call <c>partial_rotary_factor</c>.</summary>
    public string? OlderShare { get; init; }

    /// <summary>Whether <c>rope_parameters</c> may hold an object for each kind of layer.</summary>
    public bool HasLayerTypes { get; init; }

    /// <summary>Whether a scaling that isn't said to be of one kind of layer is that of layers without a window.</summary>
    public bool LeavesWindowsUnscaled { get; init; }
}
