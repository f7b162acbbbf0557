using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Byte pair encoding of one word: starting from its bytes or characters, the neighbouring pair that comes first in the list of merges is merged,
/// of equal pairs the leftmost, until none is left. Time grows as n·log n with the word's length.
/// </summary>
internal sealed class BytePairModel
{
    private const int CachedWords = 1 << 16;
    private const int CachedWordLength = 64;

    private readonly MergeTable _ranks;
    private readonly WordSymbols _symbols;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cacheLookup;
    private int _cached;

    /// <param name="vocabulary">Token ids by their text.</param>
    /// <param name="merges">Merges, first ones first; where a pair is listed twice the later place counts.</param>
    /// <param name="options">What else the model says.</param>
    public BytePairModel(IReadOnlyDictionary<string, int> vocabulary, ImmutableArray<Merge> merges, BytePairOptions options)
    {
        Vocabulary = vocabulary;
        Merges = merges;
        Options = options;
        _ranks = new(merges);
        _symbols = new(vocabulary, options);
        _cacheLookup = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyDictionary<string, int> Vocabulary { get; }

    public ImmutableArray<Merge> Merges { get; }

    public BytePairOptions Options { get; }

    /// <summary>Appends the tokens of <paramref name="word"/>, which isn't empty.</summary>
    /// <returns>A byte or character that has no token, where that makes encoding impossible; <see langword="null"/> if all went well.</returns>
    public string? Encode(ReadOnlySpan<char> word, List<int> result)
    {
        var cacheable = word.Length <= CachedWordLength;
        if (cacheable && _cacheLookup.TryGetValue(word, out var cached))
        {
            result.AddRange(cached);
            return null;
        }

        int[] ids;
        if (Options.WholeWords && Vocabulary.TryGetValue(Written(word), out var whole))
        {
            ids = [whole];
        }
        else
        {
            var symbols = new List<int>(word.Length);
            if (_symbols.Add(word, symbols) is { } missing)
            {
                return missing;
            }

            ids = MergeAll(symbols);
        }

        // Counting the dictionary's entries would lock all of it.
        if (cacheable && _cached < CachedWords && _cache.TryAdd(word.ToString(), ids))
        {
            Interlocked.Increment(ref _cached);
        }

        result.AddRange(ids);
        return null;
    }

    /// <summary>A word as the vocabulary writes it.</summary>
    private string Written(ReadOnlySpan<char> word)
    {
        if (!Options.BytesOfWords)
        {
            return word.ToString();
        }

        var bytes = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, bytes);
        return ByteAlphabet.Write(bytes);
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
            if (right == 0 || right == count || _ranks.Rank(ids[left], ids[right]) is var rank && (rank < 0 || Merges[rank].Result != Merges[(int)(priority >> 32)].Result))
            {
                continue;
            }

            ids[left] = Merges[rank].Result;
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
            if (_ranks.Rank(ids[left], ids[next[left]]) is >= 0 and var rank)
            {
                queue.Enqueue(left, ((long)rank << 32) | (uint)left);
            }
        }
    }
}
