using System.Collections.Immutable;
using CircuitGrid.Circuits.Tasks.Lexicons;
using CircuitGrid.Models.Tokenization;

namespace CircuitGrid.Circuits.Tests.Tasks;

/// <summary>Small tokenizers that keep the words of the English lexicon whole, as far as a test doesn't say otherwise.</summary>
internal static class EnglishTokenizer
{
    private static readonly Lazy<Tokenizer> s_whole = new(() => Create(_ => true));

    private static readonly ImmutableArray<string> s_words =
    [
        .. Lexicon.Ioi!.Names,
        .. Lexicon.GenderedPronoun!.Male,
        .. Lexicon.GenderedPronoun.Female,
        "he",
        "she",
        .. Lexicon.Sva!.Answers.SelectMany(x => x),
        .. Lexicon.Sva.Nouns.Values.SelectMany(x => x).SelectMany(x => x),
        .. Lexicon.Sva.Verbs["transitive"].SelectMany(x => x),
        .. Lexicon.Sva.Verbs["intransitive"].SelectMany(x => x),
        .. Lexicon.Sva.Verbs["about"].SelectMany(x => x),
    ];

    public static TaskLexicon Lexicon => TaskLexicon.Default;

    /// <summary>Keeps every name, answer, noun and verb whole, and every year from 1100 to 1799 two tokens.</summary>
    public static Tokenizer Whole => s_whole.Value;

    /// <param name="keep">Which words are one token.</param>
    /// <param name="more">Further words, with their space, that are one token.</param>
    /// <param name="centuries">Which centuries' years are two tokens.</param>
    public static Tokenizer Create(Func<string, bool> keep, IEnumerable<string>? more = null, params string[] centuries) => TokenizerTrainer.Train([], new()
    {
        VocabularySize = 2000,
        RequiredWords = [.. s_words.Where(keep).Select(x => " " + x).Concat(more ?? []).Distinct(StringComparer.Ordinal)],
        Centuries = centuries.Length > 0 ? [.. centuries] : ["11", "12", "13", "14", "15", "16", "17"],
    });

    public static string[] Words(this Tokenizer tokenizer, IEnumerable<int> ids) => [.. ids.Select(tokenizer.TokenText)];

    public static string Text(this Tokenizer tokenizer, ImmutableArray<int> ids) => tokenizer.Decode(ids.AsSpan());
}
