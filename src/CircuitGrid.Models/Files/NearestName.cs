using System.Diagnostics.CodeAnalysis;

namespace CircuitGrid.Models.Files;

/// <summary>Finds what somebody who mistyped a name probably meant.</summary>
public static class NearestName
{
    private const int LongestCompared = 64;
    private const int LongName = 8;
    private const int ShortestPrefix = 3;

    /// <summary>The known name with the fewest edits (insert, delete, replace), if they are few for its length.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length > LongestCompared)
        {
            return null;
        }

        var best = known
            .Select(candidate => (Candidate: candidate, Edits: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
            .OrderBy(x => x.Edits)
            .ThenBy(x => x.Candidate, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Candidate is not null && best.Edits <= Math.Max(2, best.Candidate.Length / 3) ? best.Candidate : null;
    }

    /// <summary>A suggestion to end an error message with: <c>; did you mean 'steps'?</c>, or all names where none is near.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) =>
        Of(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : $"; known are {string.Join(", ", known)}";

    /// <summary>
    /// Whether a name is a known one but for a slip: capitals, word separators, one edit (two from eight letters on), or its end cut off. Such a name
    /// in a file is taken for a mistake whatever its value is.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="known">Names that mean something.</param>
    /// <param name="meant">The known name that it resembles, and isn't.</param>
    public static bool IsSlip(string name, IEnumerable<string> known, [NotNullWhen(true)] out string? meant)
    {
        var bare = Bare(name);
        meant = name.Length > LongestCompared || known.Contains(name, StringComparer.Ordinal)
            ? null
            : known.Select(k => (Name: k, Edits: Slips(bare, Bare(k))))
                .Where(x => x.Edits is not null)
                .OrderBy(x => x.Edits)
                .ThenBy(x => x.Name, StringComparer.Ordinal)
                .FirstOrDefault().Name;
        return meant is not null;
    }

    /// <summary>The edits between two bare names where they are few enough for a slip.</summary>
    private static int? Slips(string name, string known)
    {
        if (name.Length >= ShortestPrefix && known.StartsWith(name, StringComparison.Ordinal))
        {
            return 1;
        }

        var edits = Distance(name, known);
        return edits <= (Math.Min(name.Length, known.Length) >= LongName ? 2 : 1) && edits < known.Length - 1 ? edits : null;
    }

    private static string Bare(string name) => string.Concat(name.Where(c => c is not ('_' or '-' or ' '))).ToLowerInvariant();

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
