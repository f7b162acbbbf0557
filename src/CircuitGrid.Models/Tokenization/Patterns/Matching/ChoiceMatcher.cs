using System.Numerics;

namespace CircuitGrid.Models.Tokenization.Patterns.Matching;

/// <summary>The first branch with which the rest matches. Branches that can't begin with an ASCII character aren't tried there.</summary>
internal sealed class ChoiceMatcher : Matcher
{
    private const int MostFiltered = 64, AsciiCharacters = 128;

    private readonly Matcher[] _branches;
    private readonly ulong[]? _viable;
    private readonly ulong _viableAtEnd;

    /// <param name="branches">The branches in their order, each with the rest of the expression behind it.</param>
    /// <param name="first">What each can begin with; <see langword="null"/> where it may be empty.</param>
    public ChoiceMatcher(Matcher[] branches, CharacterSet?[] first)
    {
        _branches = branches;
        if (branches.Length > MostFiltered)
        {
            return;
        }

        _viable = new ulong[AsciiCharacters];
        for (var b = 0; b < branches.Length; b++)
        {
            _viableAtEnd |= first[b] is null ? 1UL << b : 0;
            for (var c = 0; c < AsciiCharacters; c++)
            {
                _viable[c] |= first[b]?.Contains(c) != false ? 1UL << b : 0;
            }
        }
    }

    public override int Match(ReadOnlySpan<char> text, int at)
    {
        if (_viable is null || (at < text.Length && text[at] >= AsciiCharacters))
        {
            foreach (var branch in _branches)
            {
                var result = branch.Match(text, at);
                if (result >= 0)
                {
                    return result;
                }
            }

            return -1;
        }

        for (var viable = at < text.Length ? _viable[text[at]] : _viableAtEnd; viable != 0; viable &= viable - 1)
        {
            var result = _branches[BitOperations.TrailingZeroCount(viable)].Match(text, at);
            if (result >= 0)
            {
                return result;
            }
        }

        return -1;
    }
}
