namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>What a backslash and the characters behind it stand for.</summary>
/// <param name="CodePoint">A character, where there is no set.</param>
/// <param name="Set">A set of characters.</param>
/// <param name="IsProperty">Whether the set is written as a Unicode property, to which options about case apply.</param>
internal readonly record struct Escape(int CodePoint, CharacterSet? Set = null, bool IsProperty = false);
