using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
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

    /// <summary>Reads a file of JSON lines, each an object whose <c>text</c> is a text.</summary>
    /// <exception cref="InvalidInputException">The file is missing, or a line is something else.</exception>
    public static TextCorpus Load(string path)
    {
        var lines = Encoding.UTF8.GetString(SourceFile.ReadAll(path, MaxFileLength)).Split('\n');
        var texts = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (!string.IsNullOrWhiteSpace(lines[i]))
            {
                texts.Add(ReadLine(lines[i]) ?? throw new InvalidInputException(path, $"line {i + 1} isn't an object with a string \"text\""));
            }
        }

        return Of(path, texts.ToImmutable());
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

    private static string? ReadLine(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Straightened(string text) => text.Replace('\u2018', '\'').Replace('\u2019', '\'').Replace('\u201C', '"').Replace('\u201D', '"');
}
