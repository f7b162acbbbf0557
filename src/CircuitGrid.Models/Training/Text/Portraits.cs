using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Sentences that refer back to somebody by a pronoun: gendered pronouns. A third are tag questions; the others teach the gender of every
/// name, also of those that no tag question is about.
/// </summary>
internal static class Portraits
{
    private static readonly ImmutableArray<string> tagWordings =
    [
        "So {N} is {D} {J} {R}, isn't {he}?", "So {N} is {D} {J} {R}, isn't {he}?", "So {N} was at the {P}, wasn't {he}?", "So {N} is {J}, isn't {he}?",
    ];

    private static readonly ImmutableArray<string> otherWordings =
    [
        "When {N} lost {his} {O}, {he} went home.", "Today {N} said that {he} was {J}.", "After {N} came home, {he} read {his} book.",
        "The {P} was cold, so {N} took {his} {O} and {he} left.", "Then {N} was {J} because {he} had {his} {O}.", "While {N} was at the {P}, {he} found {his} {O}.",
        "The {R} saw {N} when {he} was at the {P}.", "Now {N} has {his} own {P}, and {he} is {J}.", "On {W} {N} called {his} friend, because {he} was {J}.",
        "So {N} and {his} friend slept. Then {he} had {his} lunch.",
    ];

    public static string Write(SeededRandom random)
    {
        var isTag = random.Chance(1.0 / 3);
        string name;
        bool male;
        do
        {
            male = random.Chance(0.5);
            name = random.Pick(male ? NanoLanguage.MaleNames : NanoLanguage.FemaleNames);
        }
        while (isTag && HeldOut.TagNames.Contains(name, StringComparer.Ordinal));

        return Wording.Fill(
            random.Pick(isTag ? tagWordings : otherWordings),
            ("N", name),
            ("he", male ? "he" : "she"),
            ("his", male ? "his" : "her"),
            ("D", random.Pick(NanoLanguage.Degrees)),
            ("J", random.Pick(NanoLanguage.Adjectives)),
            ("R", random.Pick(NanoLanguage.People).Singular),
            ("P", random.Pick(NanoLanguage.Places)),
            ("O", random.Pick(NanoLanguage.Objects)),
            ("W", random.Pick(NanoLanguage.Days)));
    }
}
