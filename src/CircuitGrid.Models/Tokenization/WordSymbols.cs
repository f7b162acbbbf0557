using System.Globalization;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>The tokens with which the merging of a word begins: those of its bytes or characters, and what stands for those that have none.</summary>
internal sealed class WordSymbols
{
    private const int Missing = -1;

    private readonly BytePairOptions _options;
    private readonly int[] _characters = new int[char.MaxValue + 1];
    private readonly Dictionary<int, int> _supplementary = [];
    private readonly int[] _fallback = new int[256];

    public WordSymbols(IReadOnlyDictionary<string, int> vocabulary, BytePairOptions options)
    {
        _options = options;
        Array.Fill(_characters, Missing);
        foreach (var (text, id) in vocabulary)
        {
            if (text.Length == 1)
            {
                _characters[text[0]] = id;
            }
            else if (text.Length == 2 && char.IsSurrogatePair(text[0], text[1]))
            {
                _supplementary.Add(char.ConvertToUtf32(text[0], text[1]), id);
            }
        }

        for (var b = 0; b < 256; b++)
        {
            _fallback[b] = vocabulary.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>"), out var id) ? id : Missing;
        }
    }

    /// <summary>Adds the tokens of a word.</summary>
    /// <returns>What has no token and nothing that stands for it; <see langword="null"/> if all went well.</returns>
    public string? Add(ReadOnlySpan<char> word, List<int> symbols) => _options.BytesOfWords ? AddBytes(word, symbols) : AddCharacters(word, symbols);

    private string? AddBytes(ReadOnlySpan<char> word, List<int> symbols)
    {
        string? missing = null;
        var isPending = false;
        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        foreach (var b in bytes)
        {
            var character = ByteAlphabet.Characters[b];
            if (!TryAdd(_characters[character], character, symbols, ref isPending))
            {
                missing = string.Create(CultureInfo.InvariantCulture, $"byte 0x{b:X2}");
            }
        }

        AddPending(symbols, isPending);
        return missing;
    }

    private string? AddCharacters(ReadOnlySpan<char> word, List<int> symbols)
    {
        string? missing = null;
        var isPending = false;
        foreach (var rune in word.EnumerateRunes())
        {
            var id = rune.IsBmp ? _characters[rune.Value] : _supplementary.GetValueOrDefault(rune.Value, Missing);
            if (!TryAdd(id, rune.Value, symbols, ref isPending))
            {
                missing = string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
            }
        }

        AddPending(symbols, isPending);
        return missing;
    }

    /// <summary>
    /// Adds a character's token, or what stands for it. An unknown token waits for the next token that isn't one; bytes don't make it come first, as in the reference.
    /// </summary>
    private bool TryAdd(int id, int codePoint, List<int> symbols, ref bool isPending)
    {
        if (id != Missing)
        {
            AddPending(symbols, isPending);
            isPending = false;
            symbols.Add(id);
            return true;
        }

        if (_options.ByteFallback && TryAddBytes(codePoint, symbols))
        {
            return true;
        }

        AddPending(symbols, isPending && !_options.FuseUnknown);
        isPending = _options.Unknown is not null;
        return isPending;
    }

    private bool TryAddBytes(int codePoint, List<int> symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = new Rune(codePoint).EncodeToUtf8(bytes);
        foreach (var b in bytes[..count])
        {
            if (_fallback[b] == Missing)
            {
                return false;
            }
        }

        foreach (var b in bytes[..count])
        {
            symbols.Add(_fallback[b]);
        }

        return true;
    }

    private void AddPending(List<int> symbols, bool isPending)
    {
        if (isPending)
        {
            symbols.Add(_options.Unknown!.Value);
        }
    }
}
