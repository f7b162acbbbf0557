using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tasks.Lexicons;

/// <summary>Reads the JSON form of a lexicon key by key; what it leaves to <see cref="LexiconCheck"/> is whether words and templates fit together.</summary>
internal static class LexiconReader
{
    private const int LargestYear = 9999;

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidInputException">It isn't JSON, a key is missing, unknown or there twice, or a value is of the wrong kind.</exception>
    public static TaskLexicon Read(ReadOnlySpan<byte> json, string name)
    {
        var root = JsonInput.Parse(name, json);
        var lexicon = new TaskLexicon
        {
            Language = root.Require("language").AsString(),
            Words = root.Find("words") is { } words ? Lists(words, Texts) : ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
            Ioi = Section(root, "ioi", ReadIoi),
            GenderedPronoun = Section(root, "gendered_pronoun", ReadPronoun),
            GreaterThan = Section(root, "greater_than", ReadGreaterThan),
            Sva = Section(root, "sva", ReadAgreement),
        };
        root.RefuseNulls();
        root.Finish();
        return lexicon;
    }

    private static IoiLexicon ReadIoi(JsonInput section) => new(
        Texts(section.Require("names")),
        Texts(section.Require("templates")),
        section.Find("pairs") is { } pairs ? Pairs(pairs) : null,
        Paraphrases(section));

    private static GenderedPronounLexicon ReadPronoun(JsonInput section) => new(
        Texts(section.Require("male")),
        Texts(section.Require("female")),
        section.Require("male_answer").AsString(),
        section.Require("female_answer").AsString(),
        Texts(section.Require("templates")),
        Paraphrases(section));

    private static GreaterThanLexicon ReadGreaterThan(JsonInput section) => new(
        Texts(section.Require("nouns")),
        Year(section.Require("first_year")),
        Year(section.Require("last_year")),
        Texts(section.Require("templates")),
        section.Find("years") is { } years ? Lists(years, Years) : null,
        Paraphrases(section));

    private static AgreementLexicon ReadAgreement(JsonInput section) => new(
        Lists(section.Require("nouns"), Pairs),
        Lists(section.Require("verbs"), Pairs),
        Pairs(section.Require("answers")),
        [.. section.Require("constructions").Items().Select(x => Finished(x, ReadConstruction))],
        section.Find("pairs") is { } pairs ? Pairs(pairs) : null);

    private static AgreementConstruction ReadConstruction(JsonInput construction) => new(construction.Require("name").AsString(), Texts(construction.Require("templates")), Paraphrases(construction));

    private static ImmutableArray<string>? Paraphrases(JsonInput section) => section.Find("paraphrases") is { } value ? Texts(value) : null;

    private static T? Section<T>(JsonInput root, string key, Func<JsonInput, T> read)
        where T : class => root.Find(key) is { } section ? Finished(section, read) : null;

    private static T Finished<T>(JsonInput value, Func<JsonInput, T> read)
    {
        var result = read(value);
        value.RefuseNulls();
        value.Finish();
        return result;
    }

    private static ImmutableSortedDictionary<string, ImmutableArray<T>> Lists<T>(JsonInput value, Func<JsonInput, ImmutableArray<T>> read) =>
        value.Members().ToImmutableSortedDictionary(x => x.Key, x => read(x.Value), StringComparer.Ordinal);

    private static ImmutableArray<ImmutableArray<string>> Pairs(JsonInput value) => [.. value.Items().Select(Texts)];

    private static ImmutableArray<string> Texts(JsonInput value) => [.. value.Items().Select(x => x.AsString())];

    private static ImmutableArray<int> Years(JsonInput value) => [.. value.Items().Select(Year)];

    private static int Year(JsonInput value) => (int)value.AsInteger(0, LargestYear);
}
