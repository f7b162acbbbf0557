using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Circuits.Tasks.Lexicons;

/// <summary>
/// The words and wordings that a language's task prompts are made of. A JSON file; a suite whose models speak a language of their own
/// brings its own. Every task's section may be missing, and unknown keys are errors.
/// <code>
/// {
///   "language": "English",
///   "words": { "PLACE": ["store", "garden"], "OBJECT": ["ring"] },
///   "ioi": {
///     "names": ["Mary", "John"],
///     "templates": ["Then, {S} and {IO} went to the {PLACE}. {S} gave a {OBJECT} to"],
///     "pairs": [["Mary", "John"]]
///   },
///   "gendered_pronoun": {
///     "male": ["John"], "female": ["Mary"], "male_answer": "he", "female_answer": "she",
///     "templates": ["So {NAME} is a good cook, isn't"],
///     "paraphrases": ["Yesterday {NAME} came home late, didn't", "I asked {NAME} whether"]
///   },
///   "greater_than": {
///     "nouns": ["war"], "first_year": 1100, "last_year": 1799,
///     "templates": ["The {NOUN} lasted from the year {XX}{YY} to the year {XX}"],
///     "years": { "war": [1732, 1745] }
///   },
///   "sva": {
///     "nouns": { "people": [["author", "authors"]] }, "verbs": { "act": [["laughs", "laugh"]] },
///     "answers": [["is", "are"]],
///     "constructions": [{ "name": "across an object relative", "templates": ["the {SUBJECT:people} that the {ATTRACTOR:people} {ATTRACTOR_VERB:act}"] }],
///     "pairs": [["author", "pilot"]]
///   }
/// }
/// </code>
/// <list type="bullet">
/// <item>A template is a prompt up to where the answer would follow; answers are given without their space. Names, years and answers
/// stand after a space. A slot that the task doesn't define draws from the list of that name in <c>words</c>.</item>
/// <item><c>ioi</c>: templates in the order BABA, that is S, IO, S. The first two are swapped for ABBA.</item>
/// <item><c>greater_than</c>: <c>{XX}</c> is the century and <c>{YY}</c> the year in it; a template ends in <c>{XX}</c>.</item>
/// <item><c>paraphrases</c> may stand beside <c>templates</c> wherever these do, by the same rules: other wordings for the same task, which prompts are made from
/// where <see cref="TaskOptions.Templates"/> says so. In <c>sva</c> every construction has them, or none.</item>
/// <item><c>sva</c>: pairs of forms are [singular, plural]. <c>{SUBJECT:list}</c> is what the answer agrees with, <c>{VERB:list}</c> another verb that
/// agrees with it; <c>{ATTRACTOR:list}</c> has a number of its own and <c>{ATTRACTOR_VERB:list}</c> agrees with that one.</item>
/// <item>The optional restrictions keep prompts to what training held out: <c>ioi.pairs</c> (unordered names), <c>greater_than.years</c>
/// (years that a noun may start in), <c>sva.pairs</c> (singular of subject and of attractor; prompts without an attractor aren't concerned).
/// Held-out names and templates are simply the only ones listed.</item>
/// </list>
/// </summary>
public sealed record TaskLexicon
{
    private const int MaxFileLength = 16 << 20;

    private static readonly Lazy<TaskLexicon> s_default = new(ReadDefault);

    /// <summary>English, for Pythia and GPT-2.</summary>
    public static TaskLexicon Default => s_default.Value;

    /// <summary>What notes and errors call it.</summary>
    public required string Language { get; init; }

    /// <summary>Lists that any template may draw from, by the slot's name.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Words { get; init; } = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>Indirect object identification.</summary>
    public IoiLexicon? Ioi { get; init; }

    /// <summary>Gendered pronouns.</summary>
    public GenderedPronounLexicon? GenderedPronoun { get; init; }

    /// <summary>Greater-Than.</summary>
    public GreaterThanLexicon? GreaterThan { get; init; }

    /// <summary>Subject-verb agreement.</summary>
    public AgreementLexicon? Sva { get; init; }

    /// <summary>The tasks for which there are paraphrases.</summary>
    public ImmutableArray<string> ParaphrasedTasks => [.. TaskLibrary.Tasks.Select(x => x.Name).Where(HasParaphrases)];

    /// <summary>Reads a lexicon.</summary>
    /// <exception cref="InvalidInputException">The file is missing or no lexicon.</exception>
    public static TaskLexicon Load(string path) => Parse(SourceFile.ReadAll(path, MaxFileLength), path);

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    internal static TaskLexicon Parse(ReadOnlySpan<byte> json, string name)
    {
        var lexicon = LexiconReader.Read(json, name);
        new LexiconCheck(name, lexicon).Run();
        return lexicon;
    }

    /// <summary>The same lexicon with paraphrases in the place of templates wherever there are any.</summary>
    internal TaskLexicon Paraphrased() => this with
    {
        Ioi = Ioi is { Paraphrases: { } ioi } ? Ioi with { Templates = ioi } : Ioi,
        GenderedPronoun = GenderedPronoun is { Paraphrases: { } pronoun } ? GenderedPronoun with { Templates = pronoun } : GenderedPronoun,
        GreaterThan = GreaterThan is { Paraphrases: { } greaterThan } ? GreaterThan with { Templates = greaterThan } : GreaterThan,
        Sva = Sva is null ? null : Sva with { Constructions = [.. Sva.Constructions.Select(x => x with { Templates = x.Paraphrases ?? x.Templates })] },
    };

    private bool HasParaphrases(string task) => task switch
    {
        TaskLibrary.Ioi => Ioi?.Paraphrases is not null,
        TaskLibrary.GenderedPronoun => GenderedPronoun?.Paraphrases is not null,
        TaskLibrary.GreaterThan => GreaterThan?.Paraphrases is not null,
        _ => Sva is not null && Sva.Constructions.All(x => x.Paraphrases is not null),
    };

    private static TaskLexicon ReadDefault()
    {
        using var stream = typeof(TaskLexicon).Assembly.GetManifestResourceStream("CircuitGrid.Circuits.english.json")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Parse(bytes.ToArray(), "english.json");
    }
}

/// <summary>Words of indirect object identification.</summary>
/// <param name="Names">First names.</param>
/// <param name="Templates">In the order S, IO, S.</param>
/// <param name="Pairs">The only pairs of names to use, in either order; <see langword="null"/> if any will do.</param>
/// <param name="Paraphrases">Other wordings, in the same order; <see langword="null"/> if there are none.</param>
public sealed record IoiLexicon(
    ImmutableArray<string> Names, ImmutableArray<string> Templates, ImmutableArray<ImmutableArray<string>>? Pairs = null, ImmutableArray<string>? Paraphrases = null);

/// <summary>Words of the pronoun task.</summary>
/// <param name="Male">Names that <paramref name="MaleAnswer"/> refers to.</param>
/// <param name="Female">Names that <paramref name="FemaleAnswer"/> refers to.</param>
/// <param name="MaleAnswer"><c>he</c>.</param>
/// <param name="FemaleAnswer"><c>she</c>.</param>
/// <param name="Templates">With one <c>{NAME}</c>.</param>
/// <param name="Paraphrases">Other wordings, with one too; <see langword="null"/> if there are none.</param>
public sealed record GenderedPronounLexicon(
    ImmutableArray<string> Male,
    ImmutableArray<string> Female,
    string MaleAnswer,
    string FemaleAnswer,
    ImmutableArray<string> Templates,
    ImmutableArray<string>? Paraphrases = null);

/// <summary>Words of Greater-Than.</summary>
/// <param name="Nouns">What lasts.</param>
/// <param name="FirstYear">First year to consider.</param>
/// <param name="LastYear">Last year to consider.</param>
/// <param name="Templates">With <c>{NOUN}</c>, <c>{XX}{YY}</c>, and <c>{XX}</c> at the end.</param>
/// <param name="Years">The only start years to use with each noun; a noun that isn't listed has none. <see langword="null"/> if any will do.</param>
/// <param name="Paraphrases">Other wordings, with the same slots; <see langword="null"/> if there are none.</param>
public sealed record GreaterThanLexicon(
    ImmutableArray<string> Nouns,
    int FirstYear,
    int LastYear,
    ImmutableArray<string> Templates,
    ImmutableSortedDictionary<string, ImmutableArray<int>>? Years = null,
    ImmutableArray<string>? Paraphrases = null);

/// <summary>Words of subject-verb agreement; every pair of forms is [singular, plural].</summary>
/// <param name="Nouns">Lists of nouns by the name that templates use.</param>
/// <param name="Verbs">Lists of verbs, or of phrases that begin with one, by the name that templates use.</param>
/// <param name="Answers">Verbs whose forms are counted as answers.</param>
/// <param name="Constructions">Kinds of prompts, drawn equally often.</param>
/// <param name="Pairs">The only pairs of subject and attractor to use, by their singular; <see langword="null"/> if any will do.</param>
public sealed record AgreementLexicon(
    ImmutableSortedDictionary<string, ImmutableArray<ImmutableArray<string>>> Nouns,
    ImmutableSortedDictionary<string, ImmutableArray<ImmutableArray<string>>> Verbs,
    ImmutableArray<ImmutableArray<string>> Answers,
    ImmutableArray<AgreementConstruction> Constructions,
    ImmutableArray<ImmutableArray<string>>? Pairs = null);

/// <summary>A kind of prompt for subject-verb agreement.</summary>
/// <param name="Name">What notes call it.</param>
/// <param name="Templates">Its wordings, drawn equally often.</param>
/// <param name="Paraphrases">Other wordings; <see langword="null"/> if there are none, and then in no construction.</param>
public sealed record AgreementConstruction(string Name, ImmutableArray<string> Templates, ImmutableArray<string>? Paraphrases = null);
