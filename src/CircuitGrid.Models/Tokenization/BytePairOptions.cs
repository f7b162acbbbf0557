namespace CircuitGrid.Models.Tokenization;

/// <summary>How byte pair encoding treats words as a whole and what its vocabulary lacks.</summary>
internal sealed record BytePairOptions
{
    /// <summary>A word is its bytes, written in GPT-2's alphabet; otherwise its characters.</summary>
    public bool BytesOfWords { get; init; }

    /// <summary>A word that is a token is that token, whatever merges say (<c>ignore_merges</c>).</summary>
    public bool WholeWords { get; init; }

    /// <summary>A character without a token is its bytes' tokens (<c>&lt;0x0A&gt;</c>), where they all have one.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Stands for what has no token; <see langword="null"/> if there is none.</summary>
    public int? Unknown { get; init; }

    /// <summary>Neighbours without a token are one unknown token together.</summary>
    public bool FuseUnknown { get; init; }
}
