namespace CircuitGrid.Models.Tokenization.Patterns;

/// <summary>A regular expression isn't one, or uses what isn't supported; the message reads on after the name of the expression's place.</summary>
internal sealed class PatternException(string message) : Exception(message);
