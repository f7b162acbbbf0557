namespace CircuitGrid.Models.Tokenization;

/// <summary>A merge of two neighbouring tokens into one.</summary>
/// <param name="Left">Id of the left token.</param>
/// <param name="Right">Id of the right token.</param>
/// <param name="Result">Id of the token whose text is both.</param>
internal readonly record struct Merge(int Left, int Right, int Result);
