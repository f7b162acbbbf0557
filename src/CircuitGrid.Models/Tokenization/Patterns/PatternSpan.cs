namespace CircuitGrid.Models.Tokenization.Patterns;

/// <summary>A part of a text that a pattern has cut.</summary>
/// <param name="Start">Its first UTF-16 unit.</param>
/// <param name="End">The unit behind its last one.</param>
/// <param name="IsMatch">Whether the pattern matches it; what lies between matches isn't one.</param>
internal readonly record struct PatternSpan(int Start, int End, bool IsMatch);
