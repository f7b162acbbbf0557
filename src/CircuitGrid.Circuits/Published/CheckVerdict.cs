namespace CircuitGrid.Circuits.Published;

/// <summary>What a comparison with a published number comes to, from the best to the worst.</summary>
public enum CheckVerdict
{
    /// <summary>Nothing to be right or wrong about: a reading of what heads do, beside what is measured here.</summary>
    Finding,

    /// <summary>The difference is no larger than allowed.</summary>
    Within,

    /// <summary>It couldn't be compared; the reason is said.</summary>
    NotChecked,

    /// <summary>Another number, where that may be the published one's fault: text that forks late in half precision, a doubtful source.</summary>
    Warning,

    /// <summary>The difference is larger than allowed.</summary>
    Outside,
}
