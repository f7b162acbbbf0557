using System.Collections.Immutable;
using System.Text;
using CircuitGrid.Compute;
using CircuitGrid.Models.Tokenization.Decoders;
using CircuitGrid.Models.Tokenization.Normalizers;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Learns a byte-level BPE vocabulary from text: the most frequent pair of neighbouring tokens is merged, over and over. Ties go to
/// the pair with the smaller ids, so the result depends on nothing but the words' counts and the options.
/// </summary>
public static class TokenizerTrainer
{
    private const string Name = "tokenizer training";

    /// <param name="texts">Text to learn from; the order doesn't matter.</param>
    /// <param name="options">Size of the vocabulary and what it must contain.</param>
    /// <returns>A tokenizer like GPT-NeoX's: NFC, no prefix space, one token for each byte at least.</returns>
    /// <exception cref="InvalidInputException">What is required doesn't fit into the vocabulary, or isn't a word.</exception>
    public static Tokenizer Train(IEnumerable<string> texts, TokenizerTrainerOptions options)
    {
        var vocabulary = new TrainingVocabulary(options);
        // With this tokenizer so far, words and special tokens are cut exactly as the finished one will cut them.
        var cutter = vocabulary.Build(Name);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            foreach (var word in cutter.Words(text))
            {
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        var words = counts
            .Where(x => !vocabulary.IsSettled(x.Key))
            .OrderBy(x => x.Key, StringComparer.Ordinal)
            .Select(x => (vocabulary.Bytes(x.Key), x.Value));
        new PairCounts(words).Learn(vocabulary, options.MinimumFrequency);
        return vocabulary.Build(Name);
    }

    /// <summary>The vocabulary while it grows.</summary>
    private sealed class TrainingVocabulary
    {
        private readonly TokenizerTrainerOptions _options;
        private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
        private readonly List<string> _texts = [];
        private readonly List<Merge> _merges = [];
        private readonly HashSet<(int Left, int Right)> _merged = [];
        private readonly ImmutableArray<AddedToken> _special;

        public TrainingVocabulary(TokenizerTrainerOptions options)
        {
            _options = options;
            if (options.SpecialTokens.Any(string.IsNullOrEmpty))
            {
                throw new InvalidInputException(Name, "a special token is empty");
            }

            _special = [.. options.SpecialTokens.Distinct(StringComparer.Ordinal).Select(x => new AddedToken(Add(x), x, Special: true))];
            foreach (var character in ByteAlphabet.Characters.Order())
            {
                Add(character.ToString());
            }

            foreach (var century in options.Centuries)
            {
                AddCentury(century);
            }

            for (var pair = 0; pair < 100 && !options.Centuries.IsEmpty; pair++)
            {
                AddMerge(_ids[$"{pair / 10}"], _ids[$"{pair % 10}"]);
            }

            var splitter = Build(Name);
            foreach (var word in options.RequiredWords)
            {
                if (splitter.Words(word).ToArray() is not [var only])
                {
                    throw new InvalidInputException($"{Name}: required word \"{word}\"", "isn't one word; write the space before it, and nothing that would be cut off");
                }

                Add(ByteAlphabet.Write(Encoding.UTF8.GetBytes(only)));
            }

            if (_texts.Count > options.VocabularySize)
            {
                throw new InvalidInputException(Name, $"{_texts.Count} tokens are required (special ones, bytes, digit pairs, words), but the vocabulary may have {options.VocabularySize}");
            }
        }

        public bool IsFull => _texts.Count >= _options.VocabularySize;

        /// <summary>Merges learned from the word would never be used, or must not be.</summary>
        public bool IsSettled(string word) =>
            (!_options.Centuries.IsEmpty && word.AsSpan().ContainsAnyInRange('0', '9'))
            || (!_options.RequiredWords.IsEmpty && _ids.ContainsKey(ByteAlphabet.Write(Encoding.UTF8.GetBytes(word))));

        public int[] Bytes(string word) => [.. Encoding.UTF8.GetBytes(word).Select(b => _ids[ByteAlphabet.Characters[b].ToString()])];

        public int AddMerge(int left, int right)
        {
            var result = Add(_texts[left] + _texts[right]);
            if (_merged.Add((left, right)))
            {
                _merges.Add(new(left, right, result));
            }

            return result;
        }

        public Tokenizer Build(string name)
        {
            var options = new BytePairOptions { BytesOfWords = true, WholeWords = !_options.RequiredWords.IsEmpty };
            var model = new BytePairModel(new Dictionary<string, int>(_ids, StringComparer.Ordinal), [.. _merges], options);
            var division = new ByteLevelPreTokenizer(addPrefixSpace: false, splitsWords: true);
            return new(name, new(new UnicodeNormalizer(NormalizationForm.FormC), division, model, new ByteLevelDecoder()), _special);
        }

        private void AddCentury(string century)
        {
            if (century is not [>= '0' and <= '9', >= '0' and <= '9'])
            {
                throw new InvalidInputException($"{Name}: century \"{century}\"", "isn't two digits");
            }

            var space = _ids[ByteAlphabet.Characters[' '].ToString()];
            AddMerge(AddMerge(space, _ids[century[..1]]), _ids[century[1..]]);
        }

        private int Add(string text)
        {
            if (!_ids.TryGetValue(text, out var id))
            {
                id = _texts.Count;
                _ids.Add(text, id);
                _texts.Add(text);
            }

            return id;
        }
    }

    /// <summary>How often each pair of neighbouring tokens occurs in the words, kept up to date while pairs are merged.</summary>
    private sealed class PairCounts
    {
        private readonly List<(int[] Symbols, long Count)> _words;
        private readonly Dictionary<(int Left, int Right), long> _counts = [];
        private readonly Dictionary<(int Left, int Right), HashSet<int>> _occurrences = [];
        private readonly PriorityQueue<(int Left, int Right), (long NegativeCount, int Left, int Right)> _queue = new();

        public PairCounts(IEnumerable<(int[] Symbols, long Count)> words)
        {
            _words = [.. words];
            for (var w = 0; w < _words.Count; w++)
            {
                Count(w, 1);
            }

            foreach (var pair in _counts.Keys)
            {
                Offer(pair);
            }
        }

        public void Learn(TrainingVocabulary vocabulary, int minimumFrequency)
        {
            while (!vocabulary.IsFull && _queue.TryDequeue(out var pair, out var priority))
            {
                var count = _counts.GetValueOrDefault(pair);
                if (count != -priority.NegativeCount)
                {
                    // What was counted has changed since; a pair that has risen was offered then.
                    Offer(pair);
                }
                else if (count >= minimumFrequency)
                {
                    Merge(pair, vocabulary.AddMerge(pair.Left, pair.Right));
                }
            }
        }

        private void Offer((int Left, int Right) pair)
        {
            if (_counts.GetValueOrDefault(pair) is var count and > 0)
            {
                _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
            }
        }

        private void Merge((int Left, int Right) pair, int result)
        {
            var arisen = new HashSet<(int Left, int Right)>();
            foreach (var w in _occurrences[pair].Order().ToArray())
            {
                Count(w, -1);
                var symbols = _words[w].Symbols;
                var merged = new List<int>(symbols.Length);
                for (var i = 0; i < symbols.Length; i++)
                {
                    var here = i + 1 < symbols.Length && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
                    merged.Add(here ? result : symbols[i]);
                    i += here ? 1 : 0;
                }

                _words[w] = ([.. merged], _words[w].Count);
                Count(w, 1);
                for (var i = 0; i + 1 < merged.Count; i++)
                {
                    if (merged[i] == result || merged[i + 1] == result)
                    {
                        arisen.Add((merged[i], merged[i + 1]));
                    }
                }
            }

            foreach (var next in arisen)
            {
                Offer(next);
            }
        }

        private void Count(int word, int sign)
        {
            var (symbols, count) = _words[word];
            for (var i = 0; i + 1 < symbols.Length; i++)
            {
                var pair = (symbols[i], symbols[i + 1]);
                _counts[pair] = _counts.GetValueOrDefault(pair) + (sign * count);
                if (sign > 0)
                {
                    if (!_occurrences.TryGetValue(pair, out var words))
                    {
                        _occurrences.Add(pair, words = []);
                    }

                    words.Add(word);
                }
            }
        }
    }
}
