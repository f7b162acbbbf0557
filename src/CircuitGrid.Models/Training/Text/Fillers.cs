using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Sentences of no task. They make the language more than its tasks, and use the words of the wordings that are held out of
/// <see cref="Stories"/>.
/// </summary>
internal static class Fillers
{
    private static readonly ImmutableArray<string> wordings =
    [
        "The {C} {O} was in the {P}.", "On {W} the {P} is {J}.", "In {M} the {R} reached the {P}.", "The {R} lost the {C} {O} on the way to the {P}.",
        "Before {W} the {R} returned.", "The {R} called the {Q}, but nobody came.", "One night the {R} ran over to the {P}.", "The {R} joined the {Q} at last.",
        "At the {P} there are {U} {C} {O}s.", "The {R} carried {U} {O}s from the {P}.", "Now there is a {C} {P} by the river.", "First the {R} bought a {O}, so the {Q} was happy.",
        "The {R} slept and the {Q} read a book.", "The {R} left the {P} in {M}.", "There was one {C} {O} at the {P}.", "So the {R} is happy to give the {O} back.",
        "The {P} is {C}. There the {R} met the {Q}.", "The {R} was tired. At last the {R} slept.",
        "On the day that the {R} came, the {Q} was at home.", "When it was {C}, the {P} looked {J}.", "At night the {P} is {C}.", "Then the {R} and the {Q} had {U} {O}s.",
    ];

    public static string Write(SeededRandom random)
    {
        var (first, second) = Wording.PickTwo(random, NanoLanguage.People);
        return Wording.Fill(
            random.Pick(wordings),
            ("R", first.Singular),
            ("Q", second.Singular),
            ("P", random.Pick(NanoLanguage.Places)),
            ("O", random.Pick(NanoLanguage.Objects)),
            ("J", random.Pick(NanoLanguage.Adjectives)),
            ("C", random.Pick(NanoLanguage.Colours)),
            ("W", random.Pick(NanoLanguage.Days)),
            ("M", random.Pick(NanoLanguage.Months)),
            ("U", NanoLanguage.Numbers[random.Between(1, NanoLanguage.Numbers.Length - 1)]));
    }
}
