using System.Collections.Immutable;
using CircuitGrid.Compute;
using Text = CircuitGrid.Models.Files.Text;

namespace CircuitGrid.Circuits.Tasks.Lexicons;

/// <summary>Everything about a lexicon that holds whatever the tokenizer is.</summary>
/// <param name="name">What errors call the lexicon.</param>
/// <param name="lexicon">The lexicon.</param>
internal sealed class LexiconCheck(string name, TaskLexicon lexicon)
{
    /// <exception cref="InvalidInputException">A list is empty, a template has the wrong slots, or a restriction names an unknown word.</exception>
    public void Run()
    {
        CheckWord("language", lexicon.Language);
        foreach (var (slot, words) in lexicon.Words)
        {
            CheckWords($"words.{slot}", words);
        }

        if (lexicon.Ioi is { } ioi)
        {
            Check(ioi);
        }

        if (lexicon.GenderedPronoun is { } pronoun)
        {
            Check(pronoun);
        }

        if (lexicon.GreaterThan is { } greaterThan)
        {
            Check(greaterThan);
        }

        if (lexicon.Sva is { } agreement)
        {
            Check(agreement);
        }
    }

    private void Check(IoiLexicon ioi)
    {
        CheckWords("ioi.names", ioi.Names);
        foreach (var (place, template) in Wordings("ioi", ioi.Templates, ioi.Paraphrases))
        {
            if (!template.Slots.Where(x => x is "S" or "IO").SequenceEqual(["S", "IO", "S"], StringComparer.Ordinal))
            {
                throw Error(place, template, "must have {S}, {IO} and again {S}, in this order");
            }

            CheckSpaceBefore(place, template, "S", "IO");
            CheckFreeSlots(place, template, "S", "IO");
        }

        CheckPairs("ioi.pairs", ioi.Pairs, ioi.Names, ioi.Names);
    }

    private void Check(GenderedPronounLexicon pronoun)
    {
        CheckWords("gendered_pronoun.male", pronoun.Male);
        CheckWords("gendered_pronoun.female", pronoun.Female);
        CheckWord("gendered_pronoun.male_answer", pronoun.MaleAnswer);
        CheckWord("gendered_pronoun.female_answer", pronoun.FemaleAnswer);
        if (pronoun.Male.Intersect(pronoun.Female, StringComparer.Ordinal).FirstOrDefault() is { } both)
        {
            throw Error("gendered_pronoun", $"\"{Text.OneLine(both)}\" is in both lists of names");
        }

        foreach (var (place, template) in Wordings("gendered_pronoun", pronoun.Templates, pronoun.Paraphrases))
        {
            if (template.Slots.Count(x => x == "NAME") != 1)
            {
                throw Error(place, template, "must have {NAME} once");
            }

            CheckSpaceBefore(place, template, "NAME");
            CheckFreeSlots(place, template, "NAME");
        }
    }

    private void Check(GreaterThanLexicon greaterThan)
    {
        CheckWords("greater_than.nouns", greaterThan.Nouns);
        if (greaterThan.FirstYear < 1000 || greaterThan.LastYear > 9999 || greaterThan.FirstYear > greaterThan.LastYear)
        {
            throw Error("greater_than", $"years from {greaterThan.FirstYear} to {greaterThan.LastYear} aren't a range of four-digit years");
        }

        foreach (var (place, template) in Wordings("greater_than", greaterThan.Templates, greaterThan.Paraphrases))
        {
            var own = template.Slots.Where(x => x is "NOUN" or "XX" or "YY").ToArray();
            var year = template.Slots.IndexOf("YY");
            if (own.Count(x => x == "NOUN") != 1 || own.Count(x => x == "YY") != 1 || own.Count(x => x == "XX") != 2
                || template.Slots[^1] != "XX" || template.End.Length > 0 || year < 1 || template.Slots[year - 1] != "XX" || template.Before(year).Length > 0)
            {
                throw Error(place, template, "must have {NOUN}, then or before it {XX}{YY}, and end in {XX}");
            }

            CheckSpaceBefore(place, template, "XX");
            CheckFreeSlots(place, template, "NOUN", "XX", "YY");
        }

        foreach (var (noun, years) in greaterThan.Years ?? ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty)
        {
            if (!greaterThan.Nouns.Contains(noun, StringComparer.Ordinal) || years.Any(x => x < greaterThan.FirstYear || x > greaterThan.LastYear))
            {
                throw Error($"greater_than.years.{Text.OneLine(noun)}", "must be a list of years of the range, for one of the nouns");
            }
        }
    }

    private void Check(AgreementLexicon agreement)
    {
        foreach (var (list, forms) in agreement.Nouns)
        {
            CheckForms($"sva.nouns.{Text.OneLine(list)}", forms);
        }

        foreach (var (list, forms) in agreement.Verbs)
        {
            CheckForms($"sva.verbs.{Text.OneLine(list)}", forms);
        }

        CheckForms("sva.answers", agreement.Answers);
        if (agreement.Answers.Select(x => x[0]).Intersect(agreement.Answers.Select(x => x[1]), StringComparer.Ordinal).FirstOrDefault() is { } both)
        {
            throw Error("sva.answers", $"\"{Text.OneLine(both)}\" is both a singular and a plural form");
        }

        if (agreement.Constructions.IsEmpty)
        {
            throw Error("sva.constructions", "must be a list of at least one construction");
        }

        foreach (var construction in agreement.Constructions)
        {
            foreach (var (place, template) in Wordings($"sva.constructions: {Text.OneLine(construction.Name)}", construction.Templates, construction.Paraphrases))
            {
                Check(place, template, agreement);
            }
        }

        // a construction that dropped out would make another task of the paraphrases
        if (agreement.Constructions.Any(x => x.Paraphrases is not null) && agreement.Constructions.FirstOrDefault(x => x.Paraphrases is null) is { } without)
        {
            throw Error($"sva.constructions: {Text.OneLine(without.Name)}", "has no paraphrases, and others have; give them to every construction or to none");
        }

        var singular = agreement.Nouns.Values.SelectMany(x => x).Select(x => x[0]).ToImmutableArray();
        CheckPairs("sva.pairs", agreement.Pairs, singular, singular);
    }

    private void Check(string place, PromptTemplate template, AgreementLexicon agreement)
    {
        var subjects = 0;
        var attractors = 0;
        var attractorVerbs = 0;
        foreach (var slot in template.Slots)
        {
            var (kind, list) = AgreementSlot.Parse(slot);
            subjects += kind == "SUBJECT" ? 1 : 0;
            attractors += kind == "ATTRACTOR" ? 1 : 0;
            attractorVerbs += kind == "ATTRACTOR_VERB" ? 1 : 0;
            var known = kind switch
            {
                "SUBJECT" or "ATTRACTOR" => agreement.Nouns.ContainsKey(list),
                "VERB" or "ATTRACTOR_VERB" => agreement.Verbs.ContainsKey(list),
                _ => lexicon.Words.ContainsKey(slot),
            };
            if (!known)
            {
                throw Error(place, template, $"has a slot {{{Text.OneLine(slot)}}} that no list fills");
            }
        }

        if (subjects != 1 || attractors > 1 || attractorVerbs > attractors)
        {
            throw Error(place, template, "must have one SUBJECT, at most one ATTRACTOR, and an ATTRACTOR_VERB only with one");
        }
    }

    /// <summary>Templates and paraphrases, which have the same rules, each with its place.</summary>
    private IEnumerable<(string Place, PromptTemplate Template)> Wordings(string section, ImmutableArray<string> templates, ImmutableArray<string>? paraphrases) =>
        Templates($"{section}.templates", templates).Select(x => ($"{section}.templates", x))
            .Concat(paraphrases is null ? [] : Templates($"{section}.paraphrases", paraphrases.Value).Select(x => ($"{section}.paraphrases", x)));

    private IEnumerable<PromptTemplate> Templates(string place, ImmutableArray<string> wordings)
    {
        CheckWords(place, wordings);
        foreach (var wording in wordings)
        {
            var template = PromptTemplate.Parse(wording) ?? throw Error(place, $"\"{Text.OneLine(wording)}\" has a brace without a partner or a slot without a name");
            if (template.End.EndsWith(' '))
            {
                throw Error(place, template, "must not end in a space, which belongs to the answer");
            }

            yield return template;
        }
    }

    private void CheckFreeSlots(string place, PromptTemplate template, params ReadOnlySpan<string> own)
    {
        foreach (var slot in template.Slots)
        {
            if (!own.Contains(slot) && !lexicon.Words.ContainsKey(slot))
            {
                throw Error(place, template, $"has a slot {{{Text.OneLine(slot)}}} that no list of words fills");
            }
        }
    }

    /// <summary>A word after a space and the same word elsewhere are different tokens.</summary>
    private void CheckSpaceBefore(string place, PromptTemplate template, params ReadOnlySpan<string> slots)
    {
        for (var i = 0; i < template.Slots.Length; i++)
        {
            if (slots.Contains(template.Slots[i]) && !template.Before(i).EndsWith(' '))
            {
                throw Error(place, template, $"must have a space before {{{template.Slots[i]}}}");
            }
        }
    }

    private void CheckPairs(string place, ImmutableArray<ImmutableArray<string>>? pairs, ImmutableArray<string> first, ImmutableArray<string> second)
    {
        var firstWords = first.ToHashSet(StringComparer.Ordinal);
        var secondWords = second.ToHashSet(StringComparer.Ordinal);
        foreach (var pair in pairs ?? [])
        {
            if (pair.Length != 2 || pair[0] == pair[1] || !firstWords.Contains(pair[0]) || !secondWords.Contains(pair[1]))
            {
                throw Error(place, $"[{Text.OneLine(string.Join(", ", pair))}] isn't a pair of two of the words");
            }
        }
    }

    private void CheckForms(string place, ImmutableArray<ImmutableArray<string>> forms)
    {
        if (forms.IsEmpty)
        {
            throw Error(place, "is empty");
        }

        foreach (var pair in forms)
        {
            if (pair.Length != 2)
            {
                throw Error(place, "must hold pairs, [singular, plural]");
            }

            CheckWord(place, pair[0]);
            CheckWord(place, pair[1]);
            if (pair[0] == pair[1])
            {
                throw Error(place, $"\"{Text.OneLine(pair[0])}\" is the same in singular and plural");
            }
        }
    }

    private void CheckWords(string place, ImmutableArray<string> words)
    {
        if (words.IsEmpty)
        {
            throw Error(place, "is empty");
        }

        foreach (var word in words)
        {
            CheckWord(place, word);
        }

        if (words.Distinct(StringComparer.Ordinal).Count() != words.Length)
        {
            throw Error(place, "holds something twice");
        }
    }

    private void CheckWord(string place, string word)
    {
        if (string.IsNullOrWhiteSpace(word) || word[0] == ' ' || word.Any(char.IsControl))
        {
            throw Error(place, $"\"{Text.OneLine(word)}\" is empty, begins with a space or holds a control character");
        }
    }

    private InvalidInputException Error(string place, string reason) => new($"{name}: {Text.OneLine(place)}", reason);

    private InvalidInputException Error(string place, PromptTemplate template, string reason) => Error(place, $"\"{Text.OneLine(template.Wording)}\" {reason}");
}
