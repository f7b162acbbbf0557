namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>What becomes of the matches at which a text is divided.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a part.</summary>
    Isolated,

    /// <summary>Each ends the part before it; of neighbouring ones the first does.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the part behind it; of neighbouring ones the last does.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are a part together.</summary>
    Contiguous,
}
