using System.Collections.Immutable;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// Sentences whose verb agrees with its subject: subject-verb agreement. Four in five have an attractor, somebody else between the two, whose
/// number is drawn without regard to the subject's.
/// </summary>
internal static class Agreements
{
    private static readonly ImmutableArray<string> endings = ["", "", " again", " at home", " in the {P}", " at night", " today"];

    public static string Write(SeededRandom random)
    {
        var (subject, attractor) = PickPair(random);
        var plural = random.Chance(0.5);
        var noun = Form(subject, plural);
        var between = random.Chance(0.8) ? " " + Between(attractor, plural, random) : "";
        var predicate = Predicate(plural, random);
        if (random.Chance(0.2))
        {
            predicate += " and " + Predicate(plural, random);
        }

        var ending = random.Pick(endings);
        return Wording.Fill($"The {noun}{between} {predicate}{ending}.", ("P", random.Pick(NanoLanguage.Places)));
    }

    private static (Inflection Subject, Inflection Attractor) PickPair(SeededRandom random)
    {
        while (true)
        {
            var (subject, attractor) = Wording.PickTwo(random, NanoLanguage.People);
            if (!HeldOut.HasAttractor(subject, attractor))
            {
                return (subject, attractor);
            }
        }
    }

    /// <summary>A prepositional phrase, a relative clause about the subject, or one in which somebody acts on the subject.</summary>
    private static string Between(Inflection attractor, bool subjectPlural, SeededRandom random)
    {
        var attractorPlural = random.Chance(0.5);
        var noun = Form(attractor, attractorPlural);
        var verb = random.Pick(NanoLanguage.TransitiveVerbs);
        return random.Next(3) switch
        {
            0 => $"{random.Pick(NanoLanguage.Prepositions)} the {noun}",
            1 => $"that the {noun} {Form(verb, attractorPlural)}",
            _ => $"that {Form(verb, subjectPlural)} the {noun}",
        };
    }

    private static string Predicate(bool plural, SeededRandom random) => random.Chance(0.3)
        ? $"{Form(random.Pick(NanoLanguage.Copulas), plural)} {random.Pick(NanoLanguage.Adjectives)}"
        : Form(random.Pick(NanoLanguage.Verbs), plural);

    private static string Form(Inflection word, bool plural) => plural ? word.Plural : word.Singular;
}
