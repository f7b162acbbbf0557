using System.Collections.Immutable;
using System.Text.Json;

namespace CircuitGrid.Models.Training.Text;

/// <summary>
/// The suite's <c>lexicon.json</c>: the words that the tasks' prompts are made of, restricted to what <see cref="HeldOut"/> keeps from the
/// training text. The format is the task lexicon's (docs/tasks.md).
/// </summary>
public static class NanoLexicon
{
    private const int Wordings = 12;

    private static readonly ImmutableArray<string> names = [.. NanoLanguage.MaleNames, .. NanoLanguage.FemaleNames];

    /// <summary>
    /// Prompts for indirect object identification, up to the receiver: wordings of the training text, common ones and rare ones.
    /// <c>{S}</c> gives, <c>{IO}</c> receives.
    /// </summary>
    public static ImmutableArray<string> StoryTemplates { get; } =
        [.. Enumerable.Range(0, Wordings).Select(i => Template(NanoLanguage.Openings[2 * i], NanoLanguage.Gifts[5 * i % NanoLanguage.Gifts.Length]))];

    /// <summary>Such prompts in wordings that the training text doesn't have.</summary>
    public static ImmutableArray<string> HeldOutStoryTemplates { get; } = [.. NanoLanguage.HeldOutOpenings.Zip(NanoLanguage.HeldOutGifts, Template)];

    /// <summary>Writes the lexicon.</summary>
    public static void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("language", "nano");
        WriteWords(json);
        WriteStories(json);
        WritePortraits(json);
        WriteHistories(json);
        WriteAgreements(json);
        json.WriteEndObject();
    }

    private static string Template(StoryOpening opening, string gift)
    {
        const string Receiver = " {I}";
        var prompt = gift[..gift.IndexOf(Receiver, StringComparison.Ordinal)];
        return Wording.Fill($"{opening.Clause}{opening.Link} {prompt}", ("A", "{S}"), ("B", "{IO}"), ("P", "{PLACE}"), ("O", "{OBJECT}"));
    }

    private static void WriteWords(Utf8JsonWriter json)
    {
        json.WriteStartObject("words");
        WriteList(json, "PLACE", NanoLanguage.Places);
        WriteList(json, "OBJECT", NanoLanguage.Objects);
        WriteList(json, "DEGREE", NanoLanguage.Degrees);
        WriteList(json, "ADJECTIVE", NanoLanguage.Adjectives);
        WriteList(json, "PERSON", NanoLanguage.People.Select(p => p.Singular));
        WriteList(json, "PREPOSITION", NanoLanguage.Prepositions);
        json.WriteEndObject();
    }

    private static void WriteStories(Utf8JsonWriter json)
    {
        json.WriteStartObject("ioi");
        WriteList(json, "names", names);
        WriteLines(json, "templates", StoryTemplates);
        var pairs =
            from first in names
            from second in names
            where string.CompareOrdinal(first, second) < 0 && HeldOut.HasNamePair(first, second)
            select new[] { first, second };
        WriteRows(json, "pairs", pairs);
        json.WriteEndObject();
    }

    private static void WritePortraits(Utf8JsonWriter json)
    {
        json.WriteStartObject("gendered_pronoun");
        WriteList(json, "male", HeldOut.TagNames.Where(n => NanoLanguage.MaleNames.Contains(n, StringComparer.Ordinal)));
        WriteList(json, "female", HeldOut.TagNames.Where(n => NanoLanguage.FemaleNames.Contains(n, StringComparer.Ordinal)));
        json.WriteString("male_answer", "he");
        json.WriteString("female_answer", "she");
        WriteLines(json, "templates", ["So {NAME} is {DEGREE} {ADJECTIVE} {PERSON}, isn't"]);
        json.WriteEndObject();
    }

    private static void WriteHistories(Utf8JsonWriter json)
    {
        const int FirstYear = NanoLanguage.FirstCentury * 100;
        const int LastYear = (NanoLanguage.LastCentury * 100) + 99;
        json.WriteStartObject("greater_than");
        WriteList(json, "nouns", NanoLanguage.Events);
        json.WriteNumber("first_year", FirstYear);
        json.WriteNumber("last_year", LastYear);
        WriteLines(json, "templates", ["The {NOUN} lasted from the year {XX}{YY} to the year {XX}"]);
        json.WriteStartObject("years");
        foreach (var lasting in NanoLanguage.Events)
        {
            var starts = Enumerable.Range(FirstYear, LastYear - FirstYear + 1).Where(year => year % 100 is >= 2 and <= 98 && HeldOut.HasStart(lasting, year));
            WriteList(json, lasting, starts);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAgreements(Utf8JsonWriter json)
    {
        json.WriteStartObject("sva");
        json.WriteStartObject("nouns");
        WriteRows(json, "people", Forms(NanoLanguage.People));
        json.WriteEndObject();
        json.WriteStartObject("verbs");
        WriteRows(json, "transitive", Forms(NanoLanguage.TransitiveVerbs));
        json.WriteEndObject();
        WriteRows(json, "answers", Forms([.. NanoLanguage.Verbs, .. NanoLanguage.Copulas]));
        json.WriteStartArray("constructions");
        WriteConstruction(json, "across a prepositional phrase", "The {SUBJECT:people} {PREPOSITION} the {ATTRACTOR:people}");
        WriteConstruction(json, "across a subject relative", "The {SUBJECT:people} that {VERB:transitive} the {ATTRACTOR:people}");
        WriteConstruction(json, "across an object relative", "The {SUBJECT:people} that the {ATTRACTOR:people} {ATTRACTOR_VERB:transitive}");
        json.WriteEndArray();
        var pairs =
            from subject in NanoLanguage.People
            from attractor in NanoLanguage.People
            where subject != attractor && HeldOut.HasAttractor(subject, attractor)
            select new[] { subject.Singular, attractor.Singular };
        WriteRows(json, "pairs", pairs);
        json.WriteEndObject();
    }

    private static IEnumerable<string[]> Forms(IEnumerable<Inflection> words) => words.Select(w => new[] { w.Singular, w.Plural });

    private static void WriteConstruction(Utf8JsonWriter json, string name, string template)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        WriteLines(json, "templates", [template]);
        json.WriteEndObject();
    }

    private static void WriteLines(Utf8JsonWriter json, string key, IEnumerable<string> lines)
    {
        json.WriteStartArray(key);
        foreach (var line in lines)
        {
            json.WriteRawValue(JsonSerializer.Serialize(line, plain));
        }

        json.WriteEndArray();
    }

    private static void WriteRows(Utf8JsonWriter json, string key, IEnumerable<string[]> rows)
    {
        json.WriteStartArray(key);
        foreach (var row in rows)
        {
            json.WriteRawValue(JsonSerializer.Serialize(row));
        }

        json.WriteEndArray();
    }

    /// <summary>A list of words or numbers, on one line.</summary>
    private static void WriteList<T>(Utf8JsonWriter json, string key, IEnumerable<T> items)
    {
        json.WritePropertyName(key);
        json.WriteRawValue(JsonSerializer.Serialize(items));
    }

    private static readonly JsonSerializerOptions plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
