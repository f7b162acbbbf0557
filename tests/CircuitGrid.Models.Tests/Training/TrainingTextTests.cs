using System.Globalization;
using System.Text.RegularExpressions;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Training.Text;

namespace CircuitGrid.Models.Tests.Training;

public sealed partial class TrainingTextTests
{
    private const int Many = 20000;

    private static readonly string[] names = [.. NanoLanguage.MaleNames, .. NanoLanguage.FemaleNames];

    private static readonly Lazy<Tokenizer> tokenizer = new(NanoSuite.LearnTokenizer);

    [Fact]
    public void Documents_OfASeed_AreAlwaysTheSame()
    {
        var first = TrainingText.Documents(3).Take(500).ToArray();
        Assert.Equal(first, TrainingText.Documents(3).Take(500));
        Assert.NotEqual(first, TrainingText.Documents(4).Take(500));
    }

    [Fact]
    public void Documents_FitARow()
    {
        var longest = TrainingText.Documents(5).Take(Many).Max(d => tokenizer.Value.Encode(d).Length);
        Assert.InRange(longest, 40, NanoSuite.ContextLength - 2);
    }

    [Fact]
    public void Stories_NeverLetAHeldOutPairMeet_AndLetAllOthersMeet()
    {
        var met = new HashSet<(string, string)>();
        foreach (var story in TrainingText.Documents(6, DocumentKind.Story).Take(4 * Many))
        {
            var two = Words(story).Where(names.Contains).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
            Assert.Equal(2, two.Length);
            Assert.False(HeldOut.HasNamePair(two[0], two[1]), story);
            met.Add((two[0], two[1]));
        }

        var pairs = names.Length * (names.Length - 1) / 2;
        Assert.InRange(pairs - met.Count, 0.07 * pairs, 0.13 * pairs);
    }

    [Fact]
    public void Stories_GiveInBothOrders()
    {
        var stories = TrainingText.Documents(7, DocumentKind.Story).Take(Many).Select(s => Words(s).Where(names.Contains).ToArray());
        var firstActs = stories.Count(mentioned => mentioned[2] == mentioned[0]);
        Assert.InRange(firstActs, 0.48 * Many, 0.52 * Many);
    }

    [Fact]
    public void Documents_NeverHaveTheHeldOutWordings()
    {
        // What stands between the slots is enough to know a wording by.
        var fragments = NanoLanguage.HeldOutGifts.Select(gift => Between(gift, "{S}", "{O}", "{I}"))
            .Concat(NanoLanguage.HeldOutOpenings.Select(o => o.Clause[..o.Clause.IndexOf('{', StringComparison.Ordinal)].TrimEnd() is { Length: > 6 } start ? start : Between(o.Clause, "{B}", "{P}", "{P}")))
            .ToArray();
        foreach (var story in TrainingText.Documents(8, DocumentKind.Story).Take(Many))
        {
            Assert.DoesNotContain(fragments, f => story.Contains(f, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void HeldOutWordings_UseOnlyWordsOfTheText()
    {
        var known = TrainingText.Words.ToHashSet(StringComparer.Ordinal);
        var first = TrainingText.Pieces.Where(p => p[0] != ' ').ToHashSet(StringComparer.Ordinal);
        foreach (var (opening, gift) in NanoLanguage.HeldOutOpenings.Zip(NanoLanguage.HeldOutGifts))
        {
            var words = Words(Slot().Replace($"{opening.Clause}{opening.Link} {gift}", "")).ToArray();
            Assert.Contains(words[0], first);
            Assert.All(words[1..], w => Assert.Contains(w, known));
        }
    }

    [Fact]
    public void TagQuestions_AreNeverAboutAHeldOutName_OtherSentencesAre()
    {
        var others = new HashSet<string>(StringComparer.Ordinal);
        foreach (var portrait in TrainingText.Documents(9, DocumentKind.Portrait).Take(Many))
        {
            var name = Words(portrait).Single(names.Contains);
            if (portrait.EndsWith('?'))
            {
                Assert.DoesNotContain(name, HeldOut.TagNames);
            }
            else
            {
                others.Add(name);
            }
        }

        Assert.Superset(HeldOut.TagNames.ToHashSet(StringComparer.Ordinal), others);
        Assert.InRange(HeldOut.TagNames.Length, 0.2 * names.Length, 0.25 * names.Length);
    }

    [Fact]
    public void Portraits_UseThePronounOfTheName()
    {
        foreach (var portrait in TrainingText.Documents(10, DocumentKind.Portrait).Take(Many))
        {
            var words = Words(portrait).ToArray();
            var male = NanoLanguage.MaleNames.Contains(words.Single(names.Contains));
            Assert.DoesNotContain(male ? "she" : "he", words);
            Assert.DoesNotContain(male ? "her" : "his", words);
            Assert.Contains(male ? "he" : "she", words);
        }
    }

    [Fact]
    public void Agreements_AgreeAndKeepTheHeldOutPairsApart()
    {
        var people = Forms(NanoLanguage.People);
        var verbs = Forms([.. NanoLanguage.Verbs, .. NanoLanguage.Copulas]);
        var withAttractor = 0;
        foreach (var sentence in TrainingText.Documents(11, DocumentKind.Agreement).Take(Many))
        {
            var words = Words(sentence).ToArray();
            var somebody = words.Where(people.ContainsKey).Select(w => people[w]).ToArray();
            Assert.All(words.Where(verbs.ContainsKey), verb => Assert.True(verbs[verb].Plural == somebody[0].Plural, sentence));
            Assert.Contains(words, verbs.ContainsKey);
            if (somebody.Length > 1)
            {
                withAttractor++;
                Assert.False(HeldOut.HasAttractor(somebody[0].Word, somebody[1].Word), sentence);
            }
        }

        Assert.InRange(withAttractor, 0.78 * Many, 0.82 * Many);
    }

    [Fact]
    public void Histories_LastFromAYearToALaterOneOfItsCentury_AndLeaveOutTheHeldOutStarts()
    {
        var inTaskWording = 0;
        foreach (var history in TrainingText.Documents(12, DocumentKind.History).Take(Many))
        {
            var years = Year().Matches(history).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture)).Order().ToArray();
            Assert.Equal(2, years.Length);
            Assert.InRange(years[1] - years[0], 1, NanoLanguage.LongestSpan);
            Assert.Equal(years[0] / 100, years[1] / 100);
            Assert.False(HeldOut.HasStart(Words(history).Single(w => NanoLanguage.Events.Contains(w)), years[0]), history);
            inTaskWording += history.Contains("lasted from the year", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.InRange(inTaskWording, 0.58 * Many, 0.62 * Many);
    }

    [Fact]
    public void Passages_RepeatAMotif()
    {
        foreach (var passage in TrainingText.Documents(13, DocumentKind.Passage).Take(2000))
        {
            Assert.DoesNotMatch(Year(), passage);
            var words = Words(passage).ToArray();
            var period = Enumerable.Range(3, 28).FirstOrDefault(p => words.Length % p == 0 && words.Length / p is >= 2 and <= 6 && words.Skip(p).Zip(words).All(w => w.First == w.Second));
            Assert.True(period > 0, passage);
        }
    }

    [Fact]
    public void Tokenizer_KeepsWordsWholeAndCutsYearsInTwo()
    {
        Assert.InRange(tokenizer.Value.VocabularySize, 400, 1000);
        Assert.All(TrainingText.Words, word => Assert.True(tokenizer.Value.TryGetSingleToken(" " + word, out _), word));
        for (var year = NanoLanguage.FirstCentury * 100; year < (NanoLanguage.LastCentury + 1) * 100; year++)
        {
            var text = year.ToString(CultureInfo.InvariantCulture);
            Assert.Equal([" " + text[..2], text[2..]], tokenizer.Value.Encode(" " + text).Select(tokenizer.Value.TokenText));
        }
    }

    private static string Between(string wording, string from, string to, string otherwise)
    {
        var start = wording.IndexOf(from, StringComparison.Ordinal) + from.Length;
        var end = wording.IndexOf(to, start, StringComparison.Ordinal);
        return wording[start..(end < 0 ? wording.IndexOf(otherwise, start, StringComparison.Ordinal) : end)];
    }

    private static Dictionary<string, (Inflection Word, bool Plural)> Forms(IEnumerable<Inflection> words) => words
        .SelectMany(w => new[] { (w.Singular, (w, false)), (w.Plural, (w, true)) })
        .ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(m => m.Value);

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Year();

    [GeneratedRegex("\\{[A-Z]\\}")]
    private static partial Regex Slot();
}
