using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Unicode;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Byte-level byte pair encoding as GPT-2 and GPT-NeoX use it: added tokens are cut out, the text between them is normalised
/// (form C, or not at all), divided into words, and every word's UTF-8 bytes are merged. Reads and writes Hugging Face's
/// <c>tokenizer.json</c>. Safe to use from several threads.
/// </summary>
/// <remarks>
/// No token is added at the beginning or end, whatever the file's post-processor says, and nothing is cut off or padded. Unpaired
/// surrogates, which have no UTF-8 form, are read as U+FFFD.
/// </remarks>
public sealed class Tokenizer
{
    private readonly BytePairModel _model;
    private readonly AddedTokenMatcher _rawTokens;
    private readonly AddedTokenMatcher _normalizedTokens;
    private readonly byte[]?[] _bytes;
    private readonly string _name;

    /// <param name="name">What errors call it, usually its path.</param>
    internal Tokenizer(string name, BytePairModel model, ImmutableArray<AddedToken> addedTokens, bool normalize, bool addPrefixSpace, bool splitWords)
    {
        _name = name;
        _model = model;
        AddedTokens = addedTokens;
        Normalizes = normalize;
        AddsPrefixSpace = addPrefixSpace;
        SplitsWords = splitWords;
        _rawTokens = new(addedTokens.Where(x => !x.Normalized).Select(x => (x, x.Content)));
        _normalizedTokens = new(addedTokens.Where(x => x.Normalized).Select(x => (x, Normalize(x.Content))));
        _bytes = new byte[]?[1 + Math.Max(model.Vocabulary.Values.DefaultIfEmpty(-1).Max(), addedTokens.Select(x => x.Id).DefaultIfEmpty(-1).Max())];
        foreach (var token in addedTokens)
        {
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        }

        foreach (var (text, id) in model.Vocabulary)
        {
            _bytes[id] = ByteAlphabet.Read(text) ?? Encoding.UTF8.GetBytes(text);
        }
    }

    /// <summary>The highest token id plus one. A model's embedding has at least so many rows.</summary>
    public int VocabularySize => _bytes.Length;

    /// <summary>Tokens cut out of the text before anything else.</summary>
    public ImmutableArray<AddedToken> AddedTokens { get; }

    internal BytePairModel Model => _model;

    internal bool Normalizes { get; }

    internal bool AddsPrefixSpace { get; }

    internal bool SplitsWords { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over; <see langword="null"/> for none, and nowhere.</param>
    /// <exception cref="InvalidInputException">The file is missing, damaged, or describes another kind of tokenizer.</exception>
    /// <exception cref="UnknownKeyException">The file has a key that may mean something and isn't known.</exception>
    public static Tokenizer Load(string path, ForeignKeys? foreign = null) => TokenizerFile.Read(path, foreign ?? new());

    /// <summary>Writes a <c>tokenizer.json</c> that <see cref="Load"/> reads back as an equal tokenizer; the same tokenizer gives the same bytes.</summary>
    /// <exception cref="InvalidInputException">The file can't be written.</exception>
    public void Save(string path) => TokenizerFile.Write(this, path);

    /// <summary>The tokens of <paramref name="text"/>.</summary>
    /// <exception cref="InvalidInputException">The vocabulary has neither a token for a byte of the text nor one for unknown bytes.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new List<int>();
        foreach (var (plain, token) in Pieces(ReplaceUnpairedSurrogates(text)))
        {
            if (token is not null)
            {
                result.Add(token.Id);
            }
            else
            {
                EncodePlain(plain, result);
            }
        }

        return [.. result];
    }

    /// <summary>The text of <paramref name="ids"/>, special tokens included; bytes that aren't UTF-8 together become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id isn't a token.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var bytes = new List<byte>(ids.Length * 4);
        foreach (var id in ids)
        {
            bytes.AddRange(Bytes(id));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>Whether <paramref name="id"/> is a token; ids may have gaps.</summary>
    public bool IsToken(int id) => (uint)id < (uint)_bytes.Length && _bytes[id] is not null;

    /// <summary>The text one token stands for; parts of a UTF-8 sequence become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="id"/> isn't a token.</exception>
    public string TokenText(int id) => Encoding.UTF8.GetString(Bytes(id));

    /// <summary>Whether <paramref name="text"/> encodes to exactly one token, and which.</summary>
    public bool TryGetSingleToken(string text, out int id)
    {
        var ids = Encode(text);
        id = ids.Length == 1 ? ids[0] : -1;
        return ids.Length == 1;
    }

    /// <summary>The words of the text between added tokens, within which merges happen.</summary>
    internal IEnumerable<string> Words(string text)
    {
        foreach (var (plain, _) in Pieces(ReplaceUnpairedSurrogates(text)).Where(x => x.Token is null))
        {
            for (var start = 0; start < plain.Length;)
            {
                var length = WordLength(plain.AsSpan(start));
                yield return plain.Substring(start, length);
                start += length;
            }
        }
    }

    private byte[] Bytes(int id) => IsToken(id)
        ? _bytes[id]!
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"{_name} has no such token; its ids go from 0 to {VocabularySize - 1}.");

    private string Normalize(string text) => Normalizes ? CanonicalComposition.Apply(text) : text;

    private int WordLength(ReadOnlySpan<char> text) => SplitsWords ? WordSplitter.Next(text) : text.Length;

    /// <summary>The text cut at added tokens, in order: normalised text that isn't empty, or a token.</summary>
    private IEnumerable<(string Plain, AddedToken? Token)> Pieces(string text)
    {
        foreach (var (range, token) in _rawTokens.Split(text))
        {
            if (token is not null)
            {
                yield return ("", token);
                continue;
            }

            var normalized = Normalize(text[range]);
            foreach (var (innerRange, innerToken) in _normalizedTokens.Split(normalized))
            {
                var plain = innerToken is null ? normalized[innerRange] : "";
                yield return (innerToken is null && AddsPrefixSpace && plain[0] != ' ' ? " " + plain : plain, innerToken);
            }
        }
    }

    private void EncodePlain(string text, List<int> result)
    {
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var length = WordLength(rest);
            if (_model.Encode(rest[..length], result) is { } missing)
            {
                throw new InvalidInputException(_name, $"has no token for byte 0x{missing:X2} of \"{Text.OneLine(rest[..length].ToString())}\" and no unknown token; the text can't be encoded with it");
            }

            rest = rest[length..];
        }
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
