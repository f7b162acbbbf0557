using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Stories in which two people meet and one gives something to the other: indirect object identification. The giver is the first or the
/// second one named equally often (one order alone is learned as a shortcut), a quarter have a sentence in between, in two of three somebody
/// acts afterwards. Half the stories have one of a few common wordings, on which the models learn what a story is, and half any of several
/// hundred, from which they learn that the wording doesn't matter.
/// </summary>
internal static class Stories
{
    private const int CommonWordings = 4;

    private const double CommonShare = 0.5;

    private static readonly ImmutableArray<string> names = [.. NanoLanguage.MaleNames, .. NanoLanguage.FemaleNames];

    private static readonly ImmutableArray<string> moods = ["quiet", "cold", "old", "nice", "open", "full"];

    private static readonly ImmutableArray<string> links = ["Then", "Soon", "Later"];

    /// <summary>Most name both again: whoever acted last, the other one is meant.</summary>
    private static readonly ImmutableArray<string> ends =
    [
        ". Then {I} thanked {S}.", ". Later {I} gave it back to {S}.", ". Soon {I} brought a {R} to {S}.", ". {I} smiled and thanked {S}.",
        ". Then {I} sent a {R} to {S}.", ", so {I} showed the {R} to {S}.", ". So {I} was happy.", ", and {S} went home.",
    ];

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
        var ending = random.Chance(2.0 / 3) ? random.Pick(ends).Replace("{R}", random.Pick(NanoLanguage.Objects), StringComparison.Ordinal) : ".";
        return Tell(beginning, gift + ending, met, giver, receiver, random.Pick(NanoLanguage.Places), random.Pick(NanoLanguage.Objects));
    }

    /// <summary>A story of an opening and a gift, in that order, with everything filled in.</summary>
    internal static string Tell(string opening, string gift, (string First, string Second) met, string giver, string receiver, string place, string thing) =>
        Wording.Fill($"{opening} {gift}", ("A", met.First), ("B", met.Second), ("S", giver), ("I", receiver), ("P", place), ("O", thing));

    private static T Choose<T>(ImmutableArray<T> wordings, bool common, SeededRandom random) =>
        wordings[random.Next(common ? CommonWordings : wordings.Length)];

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
