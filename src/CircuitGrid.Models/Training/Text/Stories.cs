using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Stories in which two people meet and one gives something to the other: indirect object identification. The giver is the first or the
/// second one named equally often (one order alone is learned as a shortcut), and a quarter have a sentence in between. Two in five have one
/// of a few common wordings, on which the models learn what a story is, the others any of a thousand, from which they learn that the
/// wording doesn't matter. Up to two sequels say again that somebody gave something to the other one: they shorten the long plateau on
/// which a model knows the two names and picks the wrong one.
/// </summary>
internal static class Stories
{
    private const int CommonWordings = 4;

    private const double CommonShare = 0.4;

    private const int MostSequels = 2;

    private static readonly ImmutableArray<string> names = [.. NanoLanguage.MaleNames, .. NanoLanguage.FemaleNames];

    private static readonly ImmutableArray<string> moods = ["quiet", "cold", "old", "nice", "open", "full"];

    private static readonly ImmutableArray<string> links = ["Then", "Soon", "Later"];

    private static readonly ImmutableArray<string> thanks = ["{S} thanked {I}", "{S} smiled and thanked {I}", "{S} said hello to {I}"];

    public static string Write(SeededRandom random)
    {
        (string First, string Second) met;
        do
        {
            met = Wording.PickTwo(random, names);
        }
        while (HeldOut.HasNamePair(met.First, met.Second));

        var (giver, receiver) = random.Chance(0.5) ? met : (met.Second, met.First);
        var common = random.Chance(CommonShare);
        var opening = Choose(NanoLanguage.Openings, common, random);
        var gift = Choose(NanoLanguage.Gifts, common, random);
        var beginning = random.Chance(0.25) ? Interrupt(opening, random) : opening.Clause + opening.Link;
        var story = Tell(beginning, gift, met, giver, receiver, random.Pick(NanoLanguage.Places), random.Pick(NanoLanguage.Objects));
        return story + Continue(met, random) + ".";
    }

    /// <summary>A story of an opening and a gift, in that order, with everything filled in.</summary>
    internal static string Tell(string opening, string gift, (string First, string Second) met, string giver, string receiver, string place, string thing) =>
        Wording.Fill($"{opening} {gift}", ("A", met.First), ("B", met.Second), ("S", giver), ("I", receiver), ("P", place), ("O", thing));

    private static T Choose<T>(ImmutableArray<T> wordings, bool common, SeededRandom random) =>
        wordings[random.Next(common ? CommonWordings : wordings.Length)];

    private static string Continue((string First, string Second) met, SeededRandom random)
    {
        var told = new StringBuilder();
        for (var left = random.Next(MostSequels + 1); left > 0; left--)
        {
            var (actor, other) = random.Chance(0.5) ? met : (met.Second, met.First);
            var act = random.Pick(random.Chance(0.75) ? NanoLanguage.Gifts : thanks);
            told.Append(Tell($". {random.Pick(links)}", act, met, actor, other, random.Pick(NanoLanguage.Places), random.Pick(NanoLanguage.Objects)));
        }

        return told.ToString();
    }

    private static string Interrupt(StoryOpening opening, SeededRandom random)
    {
        var place = random.Pick(NanoLanguage.Places);
        var mood = random.Pick(moods);
        var link = random.Pick(links);
        return opening.Link switch
        {
            "," => $"{opening.Clause}, the {place} was {mood}. {link}",
            ", and" => $"{opening.Clause}, and the {place} was {mood}. {link}",
            _ => $"{opening.Clause}. The {place} was {mood}. {link}",
        };
    }
}
