namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>What holds for a part of an expression.</summary>
/// <param name="IgnoreCase">Letters stand for both cases (<c>(?i)</c>).</param>
/// <param name="DotAll">A dot stands for a line feed too (<c>(?m)</c>).</param>
internal readonly record struct PatternOptions(bool IgnoreCase, bool DotAll);
