using System.Buffers;
using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>Cuts text at added tokens: the leftmost one, of those the longest, as the Hugging Face library does it.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly Dictionary<int, AddedToken> _ends = [];
    private readonly SearchValues<char> _firstCharacters;
    private int _nodes = 1;

    /// <param name="tokens">What to look for, each with the text to look for, not empty.</param>
    public AddedTokenMatcher(IEnumerable<(AddedToken Token, string Pattern)> tokens)
    {
        var first = new HashSet<char>();
        foreach (var (token, pattern) in tokens)
        {
            first.Add(pattern[0]);
            var node = 0;
            foreach (var c in pattern)
            {
                if (!_edges.TryGetValue((node, c), out var next))
                {
                    next = _nodes++;
                    _edges.Add((node, c), next);
                }

                node = next;
            }

            _ends.TryAdd(node, token);
        }

        _firstCharacters = SearchValues.Create([.. first]);
    }

    /// <summary>The pieces of <paramref name="text"/> in order: added tokens, and the text between them (never empty) with no token.</summary>
    public IEnumerable<(Range Range, AddedToken? Token)> Split(string text)
    {
        var from = 0;
        var position = 0;
        while (position < text.Length)
        {
            var ahead = text.AsSpan(position).IndexOfAny(_firstCharacters);
            if (ahead < 0)
            {
                break;
            }

            position += ahead;
            if (Longest(text.AsSpan(position), out var length) is not { } token)
            {
                position++;
                continue;
            }

            var start = position;
            var end = position += length;
            if (token.SingleWord && (EndsInWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end))))
            {
                continue;
            }

            while (token.StripLeft && start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            if (from < start)
            {
                yield return (from..start, null);
            }

            yield return (start..end, token);

            // The white space that a token takes to its right may begin the next one all the same: all are looked for in the text as it was.
            from = end;
        }

        if (from < text.Length)
        {
            yield return (from..text.Length, null);
        }
    }

    private AddedToken? Longest(ReadOnlySpan<char> text, out int length)
    {
        AddedToken? longest = null;
        length = 0;
        var node = 0;
        for (var i = 0; i < text.Length && _edges.TryGetValue((node, text[i]), out node); i++)
        {
            if (_ends.TryGetValue(node, out var token))
            {
                longest = token;
                length = i + 1;
            }
        }

        return longest;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) => !text.IsEmpty && Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) => !text.IsEmpty && Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary><c>\w</c> of Unicode Technical Standard 18: alphabetic characters, marks, decimal digits, connectors, joiners.</summary>
    private static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
        // Enclosed Latin letters are symbols by category, but alphabetic.
        _ => rune.Value is 0x200C or 0x200D or >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189,
    };
}
