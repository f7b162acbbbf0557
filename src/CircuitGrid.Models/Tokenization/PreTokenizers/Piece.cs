namespace CircuitGrid.Models.Tokenization.PreTokenizers;

/// <summary>A part of a text between added tokens, while it is divided.</summary>
/// <param name="Source">A text that holds it.</param>
/// <param name="Start">Its first UTF-16 unit there.</param>
/// <param name="End">The unit behind its last one.</param>
/// <param name="IsAtStart">Whether it is where the whole text begins.</param>
internal readonly record struct Piece(string Source, int Start, int End, bool IsAtStart)
{
    public ReadOnlySpan<char> Span => Source.AsSpan(Start, End - Start);

    /// <summary>All of a text in the place of this piece.</summary>
    public Piece With(string text) => new(text, 0, text.Length, IsAtStart);

    /// <summary>A part of this piece, by UTF-16 units of it.</summary>
    public Piece Part(int start, int end) => new(Source, Start + start, Start + end, IsAtStart && start == 0);
}
