using System.Collections.Frozen;
using System.Collections.Immutable;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization;
using CircuitGrid.Models.Training;
using CircuitGrid.Models.Training.Text;

namespace CircuitGrid.Circuits.Heads;

/// <summary>Running text, on which copy suppression is measured.</summary>
public sealed class TextCorpus
{
    private const string BosToken = "<|endoftext|>";

    private const int MaxFileLength = 1 << 30;

    /// <summary>What public corpora (the Pile, C4, Dolma, FineWeb, RedPajama, OSCAR, Wikipedia) say about a text.</summary>
    private static readonly FrozenSet<string> s_harmless =
        ((string[])
        [
            "id", "meta", "metadata", "source", "added", "created", "version", "attributes", "url", "timestamp", "date", "title", "dump", "file_path", "language",
            "language_score", "token_count", "red_pajama_subset", "length", "ended",
        ])
        .ToFrozenSet(StringComparer.Ordinal);

    private readonly Func<int, IEnumerable<string>> texts;
    private readonly bool joins;

    private TextCorpus(string name, Func<int, IEnumerable<string>> texts, bool joins)
    {
        Name = name;
        this.texts = texts;
        this.joins = joins;
    }

    /// <summary>The text the nano suite is trained on, other documents than those it saw; short documents follow each other until a text is long enough.</summary>
    public static TextCorpus Nano { get; } = new("the nano suite's text", seed => TrainingText.Documents(unchecked(seed ^ 0x5EED)), joins: true);

    /// <summary>What notes call it.</summary>
    public string Name { get; }

    /// <summary>A corpus of given texts; those that are too short are passed over.</summary>
    public static TextCorpus Of(string name, ImmutableArray<string> texts) => new(
        name,
        seed =>
        {
            var order = texts.ToArray();
            SeededRandom.ForStream(seed, 0).Shuffle<string>(order);
            return order;
        },
        joins: false);

    /// <summary>
    /// Reads a file of JSON lines, each an object whose <c>text</c> is a text. What public corpora say beside it (where a text is from, and figures about it) is passed over.
    /// </summary>
    /// <exception cref="InvalidInputException">The file is missing, has no text, or a line is something else or has a key that isn't known.</exception>
    public static TextCorpus Load(string path)
    {
        ReadOnlySpan<byte> bytes = SourceFile.ReadAll(path, MaxFileLength);
        var texts = ImmutableArray.CreateBuilder<string>();
        var number = 0;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            number++;
            if (bytes[range].IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                texts.Add(ReadLine($"{path}: line {number}", bytes[range]));
            }
        }

        return texts.Count > 0 ? Of(path, texts.ToImmutable()) : throw new InvalidInputException(path, "has no line; a corpus has a JSON object with a \"text\" in every line");
    }

    /// <summary>
    /// Texts of at least a number of tokens, every document begun by <c>&lt;|endoftext|&gt;</c> where the tokenizer has it, and cut to a number of positions. Curly
    /// quotes are made straight first.
    /// </summary>
    /// <param name="tokenizer">Of the model.</param>
    /// <param name="seed">Of the texts' order.</param>
    /// <param name="length">Tokens a text must have, the one before it included.</param>
    /// <param name="positions">Tokens that are kept of each.</param>
    /// <param name="count">Texts wanted; there are fewer if the corpus has no more.</param>
    internal ImmutableArray<ImmutableArray<int>> Take(Tokenizer tokenizer, int seed, int length, int positions, int count)
    {
        int[] start = [.. tokenizer.AddedTokens.Where(t => t.Content == BosToken).Select(t => t.Id)];
        var taken = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        List<int> tokens = [];
        foreach (var text in texts(seed))
        {
            if (taken.Count == count)
            {
                break;
            }

            tokens.AddRange(start);
            tokens.AddRange(tokenizer.Encode(Straightened(text)));
            if (tokens.Count >= length)
            {
                taken.Add([.. tokens.Take(positions)]);
                tokens.Clear();
            }
            else if (!joins)
            {
                tokens.Clear();
            }
        }

        return taken.ToImmutable();
    }

    private static string ReadLine(string where, ReadOnlySpan<byte> utf8)
    {
        var line = JsonInput.Parse(where, utf8);
        var text = line.Require("text").AsString();
        line.Finish(s_harmless);
        return text;
    }

    private static string Straightened(string text) => text.Replace('\u2018', '\'').Replace('\u2019', '\'').Replace('\u201C', '"').Replace('\u201D', '"');
}
