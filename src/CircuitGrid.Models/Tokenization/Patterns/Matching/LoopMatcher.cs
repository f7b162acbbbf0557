using System.Runtime.CompilerServices;

namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>A body over and over, whose last step leads back here; a body takes a character at least. Each round is one call deeper.</summary>
internal sealed class LoopMatcher(bool lazy, Matcher next) : Matcher
{
    /// <summary>The first step of a round.</summary>
    public Matcher Body { get; set; } = AcceptMatcher.Instance;

    /// <exception cref="InsufficientExecutionStackException">Too many rounds.</exception>
    /// <exception cref="PatternException">Too many ways to divide them.</exception>
    public override int Match(ReadOnlySpan<char> text, int at)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        StepLimit.Count();
        var result = (lazy ? next : Body).Match(text, at);
        return result >= 0 ? result : (lazy ? Body : next).Match(text, at);
    }
}
