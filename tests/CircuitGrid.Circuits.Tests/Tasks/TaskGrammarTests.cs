using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Circuits.Tasks;
using CircuitGrid.Models.Tokenization;
using FsCheck;
using FsCheck.Fluent;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>What makes a prompt one of its task, read from its words alone.</summary>
public sealed class TaskGrammarTests
{
    private static readonly Tokenizer _tokenizer = EnglishTokenizer.Whole;

    [Fact]
    public void Ioi_TheSecondSubjectBecomesTheIndirectObjectAndNothingElseChanges()
    {
        var names = EnglishTokenizer.Lexicon.Ioi!.Names;
        ForAnySeed("ioi", (example, clean, corrupted) =>
        {
            var subject = Assert.Single(_tokenizer.Words(example.Incorrect));
            var indirectObject = Assert.Single(_tokenizer.Words(example.Correct));
            var mentions = Enumerable.Range(0, clean.Length).Where(i => names.Contains(clean[i].TrimStart())).ToArray();
            Assert.Equal(3, mentions.Length);
            Assert.Equal(subject, clean[mentions[2]]);
            Assert.Equal([subject, indirectObject], mentions[..2].Select(i => clean[i]).OrderBy(x => x == subject ? 0 : 1));
            Assert.NotEqual(subject, indirectObject);
            Assert.Equal(clean.Select((x, i) => i == mentions[2] ? indirectObject : x), corrupted);
            Assert.Contains(clean[^1], (string[])["to", "for", "o", "r"]);
        });
    }

    [Fact]
    public void Ioi_BothOrdersOccurAboutEquallyOftenInEitherHalf()
    {
        var examples = TaskLibrary.Build("ioi", _tokenizer, new() { Count = 1000 }).Examples;
        for (var half = 0; half < 2; half++)
        {
            var indirectObjectFirst = examples.Where((_, i) => i % 2 == half).Count(x => x.Clean.IndexOf(x.Correct[0]) < x.Clean.IndexOf(x.Incorrect[0]));
            // 500 fair coins: six standard deviations are 67.
            Assert.InRange(indirectObjectFirst, 183, 317);
        }
    }

    [Fact]
    public void GenderedPronoun_EveryNameMeetsEveryTemplateOnceAndItsCorruptionHasTheOtherGender()
    {
        var male = EnglishTokenizer.Lexicon.GenderedPronoun!.Male;
        ForAnySeed("gendered-pronoun", (example, clean, corrupted) =>
        {
            var at = Assert.Single(Differences(clean, corrupted));
            var isMale = male.Contains(clean[at].TrimStart());
            Assert.NotEqual(isMale, male.Contains(corrupted[at].TrimStart()));
            Assert.Equal([isMale ? " he" : " she"], _tokenizer.Words(example.Correct));
            Assert.Equal([isMale ? " she" : " he"], _tokenizer.Words(example.Incorrect));
        });

        var all = TaskLibrary.Build("gendered-pronoun", _tokenizer, new()).Examples.Select(x => _tokenizer.Text(x.Clean)).ToHashSet();
        Assert.Equal(100, all.Count);
        Assert.Contains("So Judy is such a funny person, isn't", all);
    }

    [Fact]
    public void GreaterThan_TheStartBecomes01AndTheAnswersPartTheTwoDigitTokens()
    {
        ForAnySeed("greater-than", (example, clean, corrupted) =>
        {
            var at = Assert.Single(Differences(clean, corrupted));
            var start = int.Parse(clean[at], CultureInfo.InvariantCulture);
            Assert.InRange(start, 2, 98);
            Assert.Equal("01", corrupted[at]);
            Assert.Equal(clean[at - 1], clean[^1]);
            Assert.Equal(3, clean[^1].Length);
            var later = _tokenizer.Words(example.Correct);
            var others = _tokenizer.Words(example.Incorrect);
            Assert.Equal(Enumerable.Range(0, 100).Select(x => x.ToString("00", CultureInfo.InvariantCulture)), others.Concat(later));
            Assert.Equal(start + 1, others.Length);
        });
    }

    [Fact]
    public void GreaterThan_StartsAreSpreadEvenlyAndHalvesMixThem()
    {
        var examples = TaskLibrary.Build("greater-than", _tokenizer, new() { Count = 97 }).Examples;
        var starts = examples.Select(x => x.Incorrect.Length - 1).ToArray();

        Assert.Equal(Enumerable.Range(2, 97), starts.Order());
        // Even and odd examples aren't even and odd years: of 49 about half, within six standard deviations.
        Assert.InRange(starts.Where((_, i) => i % 2 == 0).Count(x => x % 2 == 0), 4, 45);
    }

    [Fact]
    public void GreaterThan_YearsThatAreNotTwoTokensAndTheEndsOfACenturyAreLeftOut()
    {
        // Of the 1600s only 1600, 1601 and 1620 to 1640 are two tokens, but for 1630; of the 1700s all but the corrupted start.
        var whole = Enumerable.Range(1602, 98).Where(x => x is < 1620 or > 1640 or 1630).Append(1701);
        var tokenizer = EnglishTokenizer.Create(x => false, whole.Select(x => string.Create(CultureInfo.InvariantCulture, $" {x}")), "16", "17");

        var dataset = TaskLibrary.Build("greater-than", tokenizer, new() { Count = 500 });

        var years = dataset.Examples.Select(x => tokenizer.Text(x.Clean)[..^" to the year 17".Length][^4..]).Distinct().Order().ToArray();
        Assert.Equal(Enumerable.Range(1620, 20).Where(x => x != 1630).Select(x => x.ToString(CultureInfo.InvariantCulture)), years);
        // 1600, 1601, 20 of 1620-1640, all of 1700-1799 but one.
        Assert.Equal("121 of 700 years are two tokens", dataset.Notes[0]);
        Assert.Contains("19 years can start a prompt, in 19 of the 97", dataset.Notes[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Sva_OnlyTheSubjectsNumberChangesAndTheAnswersAgreeWithIt()
    {
        var lexicon = EnglishTokenizer.Lexicon.Sva!;
        var nouns = lexicon.Nouns.Values.SelectMany(x => x).ToDictionary(x => x[0], x => x[1]);
        var plurals = nouns.Values.ToHashSet();
        var verbs = lexicon.Verbs.Values.SelectMany(x => x).Select(x => (x[0].Split(' ')[0], x[1].Split(' ')[0])).ToHashSet();
        ForAnySeed("sva", (example, _, _) =>
        {
            var clean = _tokenizer.Text(example.Clean).Split(' ');
            var corrupted = _tokenizer.Text(example.Corrupted).Split(' ');
            var changed = Differences(clean, corrupted);
            var subject = Assert.Single(changed, i => nouns.ContainsKey(clean[i]) || plurals.Contains(clean[i]));
            var plural = plurals.Contains(clean[subject]);
            Assert.Equal(nouns[plural ? corrupted[subject] : clean[subject]], plural ? clean[subject] : corrupted[subject]);
            Assert.All(changed.Where(i => i != subject), i => Assert.Contains(plural ? (corrupted[i], clean[i]) : (clean[i], corrupted[i]), verbs));
            Assert.Contains(plural ? " are" : " is", _tokenizer.Words(example.Correct));
            Assert.Contains(plural ? " is" : " are", _tokenizer.Words(example.Incorrect));
            Assert.Empty(example.Correct.Intersect(example.Incorrect));
        });
    }

    [Fact]
    public void Sva_AttractorsAgreeWithTheirOwnVerb()
    {
        var lexicon = EnglishTokenizer.Lexicon.Sva!;
        var plurals = lexicon.Nouns.Values.SelectMany(x => x).Select(x => x[1]).ToHashSet();
        var pluralVerbs = lexicon.Verbs["transitive"].Concat(lexicon.Verbs["about"]).Select(x => x[1]).ToHashSet();
        var mixed = new HashSet<(bool, bool)>();
        foreach (var example in TaskLibrary.Build("sva", _tokenizer, new() { Count = 1000 }).Examples)
        {
            // the pilots [that] the lawyer trusts
            var words = _tokenizer.Text(example.Clean).Split(' ');
            if (words.Count(x => x == "the") == 2 && words[^3] == "the" && words[2] is "that" or "the")
            {
                Assert.Equal(plurals.Contains(words[^2]), pluralVerbs.Contains(words[^1]));
                mixed.Add((plurals.Contains(words[1]), plurals.Contains(words[^2])));
            }
        }

        Assert.Equal(4, mixed.Count);
    }

    [Fact]
    public void Sva_EveryConstructionOccursInBothNumbers()
    {
        var prompts = TaskLibrary.Build("sva", _tokenizer, new() { Count = 1000 }).Examples;
        var plural = prompts.Count(x => _tokenizer.Words(x.Correct).Contains(" are"));

        // 1000 fair coins: six standard deviations are 95.
        Assert.InRange(plural, 405, 595);
        foreach (var part in (string[])[" and", "in front of", " from the", " that the", "knew ", "every day"])
        {
            Assert.Contains(prompts, x => _tokenizer.Text(x.Clean).Contains(part, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Names_ThatAreNotOneToken_AreCountedAndNeverUsed()
    {
        var tokenizer = EnglishTokenizer.Create(x => !x.StartsWith('J'));
        var dropped = EnglishTokenizer.Lexicon.Ioi!.Names.Where(x => x.StartsWith('J')).ToArray();

        var dataset = TaskLibrary.Build("ioi", tokenizer, new() { Count = 500 });

        Assert.Equal([$"{99 - dropped.Length} of 99 names are one token"], dataset.Notes);
        Assert.DoesNotContain(dataset.Examples, x => dropped.Any(name => tokenizer.Text(x.Clean).Contains(name, StringComparison.Ordinal)));
    }

    private static int[] Differences(string[] first, string[] second) => [.. Enumerable.Range(0, first.Length).Where(i => first[i] != second[i])];

    private static void ForAnySeed(string task, Action<Example, string[], string[]> check) =>
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), seed =>
        {
            foreach (var example in TaskLibrary.Build(task, _tokenizer, new() { Count = 10, Seed = seed }).Examples)
            {
                check(example, _tokenizer.Words(example.Clean), _tokenizer.Words(example.Corrupted));
            }
        }).QuickCheckThrowOnFailure();
}
