namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>Before which pieces a stand-in for a space is put.</summary>
internal enum PrependScheme
{
    /// <summary>The one with which the text begins.</summary>
    First,

    /// <summary>None.</summary>
    Never,

    /// <summary>All.</summary>
    Always,
}
