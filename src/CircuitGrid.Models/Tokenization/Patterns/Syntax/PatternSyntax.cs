using CircuitGrid.Models.Tokenization.Patterns.Matching;

namespace CircuitGrid.Models.Tokenization.Patterns.Syntax;

/// <summary>A part of an expression.</summary>
internal abstract class PatternSyntax
{
    /// <summary>Whether it can match without a character.</summary>
    public abstract bool CanBeEmpty { get; }

    /// <summary>The characters with which a match that has any can begin.</summary>
    public abstract CharacterSet First { get; }

    /// <summary>The number of characters that every match has; <see langword="null"/> where it isn't always the same.</summary>
    public abstract int? Width { get; }

    /// <summary>The steps that match it.</summary>
    /// <param name="next">The step behind the last one.</param>
    /// <param name="budget">Counts the steps.</param>
    /// <exception cref="PatternException">There are too many.</exception>
    public abstract Matcher Compile(Matcher next, StepBudget budget);
}
