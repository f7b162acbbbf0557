using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Decoders;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Byte pair encoding as Hugging Face's library computes it: added tokens are cut out, the text between them is normalised, divided into words, and every word's
/// bytes or characters are merged. Reads and writes <c>tokenizer.json</c>. Safe to use from several threads.
/// </summary>
/// <remarks>
/// No token is added at the beginning or end, whatever the file's post-processor says, and nothing is cut off or padded. Unpaired
/// surrogates, which have no UTF-8 form, are read as U+FFFD.
/// </remarks>
public sealed class Tokenizer
{
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly SequencePreTokenizer _division;
    private readonly IDecoder _decoder;
    private readonly string?[] _tokens;
    private readonly string _name;
    private readonly bool _bringsSpace;

    /// <param name="name">What errors call it, usually its path.</param>
    /// <param name="pipeline">What it does with text.</param>
    /// <param name="addedTokens">Tokens cut out of the text before anything else.</param>
    /// <exception cref="InvalidInputException">An added token is nothing once it is normalised.</exception>
    internal Tokenizer(string name, TokenizerPipeline pipeline, ImmutableArray<AddedToken> addedTokens)
    {
        _name = name;
        Pipeline = pipeline;
        AddedTokens = addedTokens;
        _division = new(pipeline.Steps());
        _decoder = pipeline.Decoder ?? (pipeline.Model.Options.BytesOfWords ? new ByteLevelDecoder() : new FuseDecoder());
        // Of tokens that are one when normalised the special one counts, else the first.
        _rawTokens = new(addedTokens.Where(x => !x.Normalized).Select(x => (x, x.Content)));
        _normalizedTokens = new(addedTokens.Where(x => x.Normalized).OrderByDescending(x => x.Special).Select(x => (x, NormalizedContent(x))));
        _tokens = new string?[1 + Math.Max(pipeline.Model.Vocabulary.Values.DefaultIfEmpty(-1).Max(), addedTokens.Select(x => x.Id).DefaultIfEmpty(-1).Max())];
        var decodesBytes = SequenceDecoder.Flatten(_decoder).Any(d => d is ByteLevelDecoder);
        foreach (var token in addedTokens)
        {
            // An added token is text, even where its characters are of the alphabet that stands for bytes.
            _tokens[token.Id] = decodesBytes ? ByteAlphabet.Write(Encoding.UTF8.GetBytes(token.Content)) : token.Content;
        }

        foreach (var (text, id) in pipeline.Model.Vocabulary)
        {
            _tokens[id] = text;
        }

        _bringsSpace = BringsSpace();
    }

    /// <summary>The highest token id plus one. A model's embedding has at least so many rows.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Tokens cut out of the text before anything else.</summary>
    public ImmutableArray<AddedToken> AddedTokens { get; }

    /// <summary>Tokens, as they are written, that the file's post-processor has other programs put before a text; none is put there here.</summary>
    public ImmutableArray<string> FrontTokens { get; init; } = [];

    internal TokenizerPipeline Pipeline { get; }

    /// <summary>Reads a <c>tokenizer.json</c>, or a <c>vocab.json</c> with the <c>merges.txt</c> beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <exception cref="InvalidInputException">The file is missing, damaged, or describes another kind of tokenizer.</exception>
    /// <exception cref="UnknownKeyException">The file has a key that may mean something and isn't known.</exception>
    public static Tokenizer Load(string path, ForeignKeys? foreign = null) => TokenizerFile.Read(path, foreign ?? new());

    /// <summary>Writes a <c>tokenizer.json</c> that <see cref="Load"/> reads back as an equal tokenizer; the same tokenizer gives the same bytes.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public void Save(string path) => TokenizerWriter.Write(this, path);

    /// <summary>The tokens of <paramref name="text"/>.</summary>
    /// <exception cref="InvalidInputException">The vocabulary has neither a token for a part of the text nor one for unknown ones.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new List<int>(text.Length);
        foreach (var (plain, token) in Pieces(ReplaceUnpairedSurrogates(text)))
        {
            if (token is not null)
            {
                result.Add(token.Id);
                continue;
            }

            foreach (var word in Divide(plain))
            {
                if (Pipeline.Model.Encode(word.Span, result) is { } missing)
                {
                    throw new InvalidInputException(_name, $"has no token for {missing} of \"{Text.OneLine(word.Span.ToString())}\" and no unknown token; the text can't be encoded with it");
                }
            }
        }

        return [.. result];
    }

    /// <summary>The text of <paramref name="ids"/>, special tokens included; bytes that aren't UTF-8 together become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id isn't a token.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            tokens.Add(Written(id));
        }

        return string.Concat(_decoder.Decode(tokens, isWhole: true));
    }

    /// <summary>Whether <paramref name="id"/> is a token; ids may have gaps.</summary>
    public bool IsToken(int id) => (uint)id < (uint)_tokens.Length && _tokens[id] is not null;

    /// <summary>The text one token stands for within a text; parts of a UTF-8 sequence become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> isn't a token.</exception>
    public string TokenText(int id) => string.Concat(_decoder.Decode([Written(id)], isWhole: false));

    /// <summary>Whether <paramref name="text"/> encodes to exactly one token, and which.</summary>
    public bool TryGetSingleToken(string text, out int id)
    {
        var ids = Encode(text);
        id = ids.Length == 1 ? ids[0] : -1;
        return ids.Length == 1;
    }

    /// <summary>
    /// The tokens of a word or phrase where it stands behind a space within a text. A tokenizer that puts a space before every text, even one that begins with one,
    /// has put this one there.
    /// </summary>
    public int[] EncodeAfterSpace(string word) => Encode(_bringsSpace ? word : " " + word);

    /// <summary>The id of a token as it is written, an added one or of the vocabulary; <see langword="null"/> where there is none.</summary>
    public int? Find(string token) => AddedTokens.FirstOrDefault(x => x.Content == token)?.Id ?? (Pipeline.Model.Vocabulary.TryGetValue(token, out var id) ? id : null);

    /// <summary>The words of the text between added tokens, within which merges happen.</summary>
    internal IEnumerable<string> Words(string text) => Pieces(ReplaceUnpairedSurrogates(text))
        .Where(x => x.Token is null)
        .SelectMany(x => Divide(x.Plain).ConvertAll(word => word.Span.ToString()));

    private string Written(int id) => IsToken(id)
        ? _tokens[id]!
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"{_name} has no such token; its ids go from 0 to {VocabularySize - 1}.");

    /// <summary>Whether a text gets the same in front that a space at its beginning becomes, and a text that begins with a space gets it twice.</summary>
    private bool BringsSpace()
    {
        const string Letter = "a";
        var (plain, spaced) = (string.Concat(Words(Letter)), string.Concat(Words(" " + Letter)));
        return plain.Length > Letter.Length && plain.EndsWith(Letter, StringComparison.Ordinal) && spaced == plain[..^Letter.Length] + plain;
    }

    private string Normalize(string text) => Pipeline.Normalizer?.Apply(text) ?? text;

    private string NormalizedContent(AddedToken token) => Normalize(token.Content) is { Length: > 0 } content
        ? content
        : throw new InvalidInputException(_name, $"added token \"{Text.OneLine(token.Content)}\" is nothing once it is normalised");

    /// <summary>The text cut at added tokens, in order: normalised text that isn't empty, or a token.</summary>
    private IEnumerable<(Piece Plain, AddedToken? Token)> Pieces(string text)
    {
        foreach (var (range, token) in _rawTokens.Split(text))
        {
            if (token is not null)
            {
                yield return (default, token);
                continue;
            }

            var (start, length) = range.GetOffsetAndLength(text.Length);
            var normalized = Normalize(length == text.Length ? text : text.Substring(start, length));
            foreach (var (innerRange, innerToken) in _normalizedTokens.Split(normalized))
            {
                var (innerStart, innerLength) = innerRange.GetOffsetAndLength(normalized.Length);
                yield return (new(normalized, innerStart, innerStart + innerLength, IsAtStart: start + innerStart == 0), innerToken);
            }
        }
    }

    private List<Piece> Divide(Piece plain)
    {
        var parts = new List<Piece>();
        _division.Split(plain, parts);
        return parts;
    }

    private static string ReplaceUnpairedSurrogates(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        // Enumerating runes replaces every unpaired surrogate.
        var result = new StringBuilder(text.Length);
        Span<char> units = stackalloc char[2];
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(units[..rune.EncodeToUtf16(units)]);
        }

        return result.ToString();
    }
}
