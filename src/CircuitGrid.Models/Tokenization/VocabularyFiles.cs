using System.Collections.Immutable;
using System.Globalization;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.Decoders;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// GPT-2's own files: token ids in <c>vocab.json</c>, a merge a line in <c>merges.txt</c>. How text is divided isn't in them; it is as GPT-2 does it, with
/// <c>&lt;|endoftext|&gt;</c> as the only special token where the vocabulary has it.
/// </summary>
internal static class VocabularyFiles
{
    private const string EndOfText = "<|endoftext|>", AddedTokensName = "added_tokens.json", Header = "#version";

    /// <exception cref="InvalidInputException">A file is damaged, or there are added tokens in a file of their own.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> vocabularyJson, ReadOnlySpan<byte> mergesText, string path)
    {
        var vocabulary = BytePairReader.ReadVocabulary(JsonInput.Parse(path, vocabularyJson));
        if (vocabulary.Count == 0)
        {
            throw new InvalidInputException(path, "has no token");
        }

        var merges = ReadMerges(TokenizerFiles.MergesBeside(path), mergesText, vocabulary);
        ImmutableArray<AddedToken> added = vocabulary.TryGetValue(EndOfText, out var id) ? [new(id, EndOfText, Special: true)] : [];
        RefuseUnmade(TokenizerFiles.MergesBeside(path), vocabulary, merges);
        var model = new BytePairModel(vocabulary, merges, new() { BytesOfWords = true });
        return new(path, new(Normalizer: null, new ByteLevelPreTokenizer(addPrefixSpace: false, splitsWords: true), model, new ByteLevelDecoder()), added);
    }

    /// <summary>Refuses tokens that would be passed over: they change ids, and how they are looked for isn't in their file.</summary>
    public static void RefuseAddedTokens(string path)
    {
        var added = Path.Combine(Path.GetDirectoryName(path) ?? "", AddedTokensName);
        if (File.Exists(added))
        {
            throw new InvalidInputException(added, $"adds tokens to {TokenizerFiles.VocabularyName}, which isn't supported; save the tokenizer as {TokenizerFiles.Name}");
        }
    }

    /// <summary>Refuses a file that has been cut: every token of several characters needs a merge that makes it, but for special ones, which stand in brackets.</summary>
    private static void RefuseUnmade(string path, Dictionary<string, int> vocabulary, ImmutableArray<Merge> merges)
    {
        var made = merges.Select(m => m.Result).ToHashSet();
        var unmade = vocabulary.Where(t => t.Key.Length > 1 && !made.Contains(t.Value) && !IsBracketed(t.Key)).OrderBy(t => t.Value).Select(t => t.Key).ToList();
        if (unmade is [var first, ..])
        {
            throw new InvalidInputException(
                path,
                string.Create(CultureInfo.InvariantCulture, $"has no merge that makes {(unmade.Count == 1 ? "the token" : $"{unmade.Count} tokens, the first of them")} \"{Text.OneLine(first)}\", which {TokenizerFiles.VocabularyName} has; it may have been cut"));
        }
    }

    private static bool IsBracketed(string token) => (token[0], token[^1]) is ('<', '>') or ('[', ']');

    private static ImmutableArray<Merge> ReadMerges(string path, ReadOnlySpan<byte> utf8, Dictionary<string, int> vocabulary)
    {
        var merges = ImmutableArray.CreateBuilder<Merge>();
        var lines = Utf8Text.Decode(path, utf8).TrimEnd('\n', '\r').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].TrimEnd('\r');
            // The first line may be the format's version, and a file of no merges has one empty line.
            if (line.StartsWith(Header, StringComparison.Ordinal) || (line.Length == 0 && lines.Length == 1))
            {
                continue;
            }

            var pair = line.Split(' ');
            if (pair.Length != 2)
            {
                throw Error("isn't a pair of tokens");
            }

            merges.Add(new(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])));

            int Id(string text) => vocabulary.TryGetValue(text, out var id) ? id : throw Error($"needs the token \"{Text.OneLine(text)}\", which {TokenizerFiles.VocabularyName} doesn't have");

            InvalidInputException Error(string reason) => new(path, string.Create(CultureInfo.InvariantCulture, $"line {i + 1} {reason}"));
        }

        return merges.DrainToImmutable();
    }
}
