using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;

namespace CircuitGrid.Models.Hub;

/// <summary>Texts with alternatives in braces, as shells have them: <c>pythia-{70m,160m}</c>, <c>seed{1..9}</c>; braces may stand in braces.</summary>
internal static class Braces
{
    private const int MostTexts = 10_000;

    /// <summary>All texts that a text stands for, in the order of their alternatives.</summary>
    /// <exception cref="InvalidInputException">Braces don't fit, or they stand for too many texts.</exception>
    public static ImmutableArray<string> Expand(string text, string where)
    {
        var at = 0;
        var all = Sequence(text, ref at, isInside: false, where);
        return at == text.Length ? [.. all] : throw new InvalidInputException(where, "has a '}' without a '{' before it");
    }

    /// <summary>Texts of what stands up to the end, or inside of braces up to a comma or their end.</summary>
    private static List<string> Sequence(string text, ref int at, bool isInside, string where)
    {
        List<string> all = [""];
        while (at < text.Length && text[at] != '}' && !(isInside && text[at] == ','))
        {
            List<string> next;
            if (text[at] == '{')
            {
                at++;
                next = Alternatives(text, ref at, where);
            }
            else
            {
                next = [text[at++].ToString()];
            }

            if ((long)all.Count * next.Count > MostTexts)
            {
                throw new InvalidInputException(where, $"stands for more than {MostTexts} names");
            }

            all = [.. all.SelectMany(start => next.Select(end => start + end))];
        }

        return all;
    }

    private static List<string> Alternatives(string text, ref int at, string where)
    {
        var start = at;
        var all = new List<string>();
        var count = 0;
        while (true)
        {
            all.AddRange(Sequence(text, ref at, isInside: true, where));
            count++;
            if (at == text.Length)
            {
                throw new InvalidInputException(where, "has a '{' without a '}' after it");
            }

            if (text[at++] == '}')
            {
                break;
            }
        }

        var inside = text[start..(at - 1)];
        return count > 1 ? all : Range(inside, where) ?? throw new InvalidInputException(where, $"has {{{inside}}}, which are neither alternatives, as in {{70m,160m}}, nor a range, as in {{1..9}}");
    }

    private static List<string>? Range(string inside, string where)
    {
        if (inside.Split("..") is not [var first, var last]
            || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
            || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to))
        {
            return null;
        }

        if (Math.Abs((long)to - from) >= MostTexts)
        {
            throw new InvalidInputException(where, $"stands for more than {MostTexts} names");
        }

        // zeros in front keep all numbers at one length
        var digits = first.StartsWith('0') || last.StartsWith('0') ? Math.Max(first.Length, last.Length) : 1;
        var step = from <= to ? 1 : -1;
        return [.. Enumerable.Range(0, Math.Abs(to - from) + 1).Select(i => (from + (i * step)).ToString("D" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];
    }
}
