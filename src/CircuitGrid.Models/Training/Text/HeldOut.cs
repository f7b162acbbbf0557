using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Which combinations of words never meet in the training text, so that a task's prompts can be made of them. The choice belongs to the
/// language, not to a training run: it is the same for every seed.
/// </summary>
public static class HeldOut
{
    /// <summary>Share of the unordered pairs of names that meet in no story.</summary>
    public const double NamePairShare = 0.1;

    /// <summary>Share of the names of each gender that no tag question is about.</summary>
    public const double TagNameShare = 0.2;

    /// <summary>Share of the (subject, attractor) pairs of people that no sentence has.</summary>
    public const double AttractorShare = 0.2;

    /// <summary>Share of the (event, start year) pairs that no sentence has.</summary>
    public const double YearShare = 0.2;

    /// <summary>Names that no tag question is about.</summary>
    public static ImmutableArray<string> TagNames { get; } = [.. Draw(NanoLanguage.MaleNames, 1), .. Draw(NanoLanguage.FemaleNames, 2)];

    /// <summary>Whether the two names, in either order, meet in no story.</summary>
    public static bool HasNamePair(string first, string second)
    {
        var (a, b) = string.CompareOrdinal(first, second) < 0 ? (first, second) : (second, first);
        return Chosen(NamePairShare, $"pair {a} {b}");
    }

    /// <summary>Whether the attractor, in either number, never stands between the subject, in either number, and its verb.</summary>
    public static bool HasAttractor(Inflection subject, Inflection attractor) =>
        Chosen(AttractorShare, $"attractor {subject.Singular} {attractor.Singular}");

    /// <summary>Whether nothing is said of an event of that name that starts in that year.</summary>
    public static bool HasStart(string lasting, int year) => Chosen(YearShare, $"start {lasting} {year}");

    private static IEnumerable<string> Draw(ImmutableArray<string> names, ulong stream)
    {
        var shuffled = names.ToArray();
        SeededRandom.ForStream(0, stream).Shuffle<string>(shuffled);
        return shuffled.Take((int)Math.Ceiling(TagNameShare * names.Length)).Order(StringComparer.Ordinal);
    }

    private static bool Chosen(double share, string combination)
    {
        // FNV-1a: any well-mixed hash that is the same everywhere will do.
        var hash = 14695981039346656037UL;
        foreach (var character in combination)
        {
            hash = (hash ^ character) * 1099511628211UL;
        }

        return new SeededRandom(hash).Chance(share);
    }
}
