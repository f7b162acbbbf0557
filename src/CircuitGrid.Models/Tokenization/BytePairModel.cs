using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>A merge of two neighbouring tokens into one.</summary>
/// <param name="Left">Id of the left token.</param>
/// <param name="Right">Id of the right token.</param>
/// <param name="Result">Id of the token whose text is both.</param>
internal readonly record struct Merge(int Left, int Right, int Result);

/// <summary>
/// Byte pair encoding of one word: starting from its bytes, the neighbouring pair that comes first in the list of merges is merged,
/// of equal pairs the leftmost, until none is left. Time grows as n·log n with the word's length.
/// </summary>
internal sealed class BytePairModel
{
    private const int CachedWords = 1 << 16;
    private const int CachedWordLength = 64;
    private const int MissingByte = -1;

    private readonly int[] _byteIds = new int[256];
    private readonly Dictionary<(int Left, int Right), (int Rank, int Result)> _ranks;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheLookup;

    /// <param name="vocabulary">Token ids by their text in the byte alphabet.</param>
    /// <param name="merges">Merges, first ones first; where a pair is listed twice the later place counts.</param>
    /// <param name="wholeWords">A word that is a token is that token, whatever merges say (<c>ignore_merges</c>).</param>
    /// <param name="unknown">Stands for bytes without a token; <see langword="null"/> if there is none.</param>
    /// <param name="fuseUnknown">Neighbouring bytes without a token are one unknown token together.</param>
    public BytePairModel(IReadOnlyDictionary<string, int> vocabulary, ImmutableArray<Merge> merges, bool wholeWords, int? unknown, bool fuseUnknown)
    {
        Vocabulary = vocabulary;
        Merges = merges;
        WholeWords = wholeWords;
        Unknown = unknown;
        FuseUnknown = fuseUnknown;
        _cacheLookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var b = 0; b < 256; b++)
        {
            _byteIds[b] = vocabulary.TryGetValue(ByteAlphabet.Characters[b].ToString(), out var id) ? id : MissingByte;
        }

        _ranks = new(merges.Length);
        for (var rank = 0; rank < merges.Length; rank++)
        {
            _ranks[(merges[rank].Left, merges[rank].Right)] = (rank, merges[rank].Result);
        }
    }

    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    public ImmutableArray<Merge> Merges { get; }

    public bool WholeWords { get; }

    public int? Unknown { get; }

    public bool FuseUnknown { get; }

    /// <summary>Appends the tokens of <paramref name="word"/>, which isn't empty.</summary>
    /// <returns>A byte that has no token, where that makes encoding impossible; <see langword="null"/> if all went well.</returns>
    public byte? Encode(ReadOnlySpan<char> word, List<int> result)
    {
        var cacheable = word.Length <= CachedWordLength;
        if (cacheable && _cacheLookup.TryGetValue(word, out var cached))
        {
            result.AddRange(cached);
            return null;
        }

        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        int[] ids;
        if (WholeWords && Vocabulary.TryGetValue(ByteAlphabet.Write(bytes), out var whole))
        {
            ids = [whole];
        }
        else
        {
            var symbols = Symbols(bytes, out var missing);
            if (missing is not null)
            {
                return missing;
            }

            ids = MergeAll(symbols);
        }

        if (cacheable && _cache.Count < CachedWords)
        {
            _cache.TryAdd(word.ToString(), ids);
        }

        result.AddRange(ids);
        return null;
    }

    private List<int> Symbols(byte[] bytes, out byte? missing)
    {
        var symbols = new List<int>(bytes.Length);
        var previousUnknown = false;
        missing = null;
        foreach (var b in bytes)
        {
            var id = _byteIds[b];
            var isUnknown = id == MissingByte;
            if (isUnknown && Unknown is null)
            {
                missing = b;
            }
            else if (!isUnknown || !FuseUnknown || !previousUnknown)
            {
                symbols.Add(isUnknown ? Unknown!.Value : id);
            }

            previousUnknown = isUnknown;
        }

        return symbols;
    }

    private int[] MergeAll(List<int> symbols)
    {
        var count = symbols.Count;
        var ids = symbols.ToArray();
        // Doubly linked list of the symbols still there; a merged-away one has next = 0.
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<int, long>();
        for (var i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (var i = 0; i + 1 < count; i++)
        {
            Offer(i);
        }

        while (queue.TryDequeue(out var left, out var priority))
        {
            var right = next[left];
            // The neighbours may have changed since the pair was offered.
            if (right == 0 || right == count || !_ranks.TryGetValue((ids[left], ids[right]), out var merge) || merge.Rank != priority >> 32)
            {
                continue;
            }

            ids[left] = merge.Result;
            next[left] = next[right];
            next[right] = 0;
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Offer(left);
            }

            if (previous[left] >= 0)
            {
                Offer(previous[left]);
            }
        }

        var result = new List<int>(count);
        for (var i = 0; i < count; i = next[i])
        {
            result.Add(ids[i]);
        }

        return [.. result];

        void Offer(int left)
        {
            if (_ranks.TryGetValue((ids[left], ids[next[left]]), out var merge))
            {
                queue.Enqueue(left, ((long)merge.Rank << 32) | (uint)left);
            }
        }
    }
}
