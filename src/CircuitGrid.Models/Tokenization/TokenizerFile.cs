using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, as far as byte-level BPE goes. Anything that would change a token id and isn't supported is
/// an error; what only concerns other libraries (truncation, padding, post-processor) is passed over, and tokens that they would add are noted.
/// </summary>
internal static class TokenizerFile
{
    private const int MaxFileLength = 256 << 20;

    /// <summary>Tables are as long as the highest id, so a stray one mustn't be able to fill the memory.</summary>
    private const int MaxId = (1 << 21) - 1;

    private const string Version = "1.0";

    private static readonly FrozenSet<string> s_none = [];

    /// <summary>Nothing is cut off or padded here, and no token is added.</summary>
    private static readonly FrozenSet<string> s_harmless = FrozenSet.Create(StringComparer.Ordinal, "truncation", "padding");

    /// <summary>Where in the text a token stands isn't asked here.</summary>
    private static readonly FrozenSet<string> s_offsets = FrozenSet.Create(StringComparer.Ordinal, "trim_offsets");

    /// <summary>Turning tokens back into bytes needs no settings.</summary>
    private static readonly FrozenSet<string> s_decoder = FrozenSet.Create(StringComparer.Ordinal, "add_prefix_space", "trim_offsets", "use_regex");

    public static Tokenizer Read(string path, ForeignKeys foreign)
    {
        byte[] json;
        try
        {
            json = SourceFile.ReadAll(path, MaxFileLength);
        }
        catch (InvalidInputException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException(path, "doesn't exist; text can't be turned into tokens without it", e);
        }

        return Parse(json, path, foreign);
    }

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="foreign">Which keys to ignore, and where to note what is passed over.</param>
    public static Tokenizer Parse(ReadOnlySpan<byte> json, string name, ForeignKeys foreign)
    {
        var root = JsonInput.Parse(name, json);
        if (root.FindString("version") is { } version && version != Version)
        {
            throw root.Error("version", $"is \"{Text.OneLine(version)}\"; only {Version} is known");
        }

        var normalize = root.Find("normalizer") is { } normalizer && ReadNormalizer(normalizer, foreign);
        var (addPrefixSpace, splitWords) = ReadPreTokenizer(
            root.Find("pre_tokenizer") ?? throw root.Error("pre_tokenizer", "is missing; a byte-level tokenizer has one of type ByteLevel"), foreign);
        if (root.Find("decoder") is { } decoder)
        {
            CheckDecoder(decoder, foreign);
        }

        var model = ReadModel(root.Require("model"), foreign);
        var addedTokens = ReadAddedTokens(root.Find("added_tokens"), model.Vocabulary, foreign);
        if (model.Vocabulary.Count == 0 && addedTokens.Length == 0)
        {
            throw root.Error("model: vocab is empty");
        }

        if (root.Find("post_processor") is { } postProcessor)
        {
            PostProcessor.NoteAddedTokens(postProcessor, foreign);
        }

        root.RefuseNulls("normalizer", "decoder", "post_processor");
        root.FinishForeign(s_harmless, foreign);
        return new(name, model, addedTokens, normalize, addPrefixSpace, splitWords);
    }

    public static void Write(Tokenizer tokenizer, string path) => OutputFile.Write(path, stream => Write(tokenizer, stream));

    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        var model = tokenizer.Model;
        var texts = model.Vocabulary.ToDictionary(x => x.Value, x => x.Key);
        // The alphabet's letters as themselves: the usual escapes would make the file unreadable for people.
        using var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", Version);
        json.WriteNull("truncation");
        json.WriteNull("padding");
        json.WriteStartArray("added_tokens");
        foreach (var token in tokenizer.AddedTokens)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.StripLeft);
            json.WriteBoolean("rstrip", token.StripRight);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (tokenizer.Normalizes)
        {
            json.WriteStartObject("normalizer");
            json.WriteString("type", "NFC");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("normalizer");
        }

        WriteByteLevel("pre_tokenizer");
        json.WriteNull("post_processor");
        WriteByteLevel("decoder");
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", model.Unknown is { } unknown ? texts[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", model.FuseUnknown);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", model.WholeWords);
        json.WriteStartObject("vocab");
        foreach (var (text, id) in model.Vocabulary.OrderBy(x => x.Value))
        {
            json.WriteNumber(text, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (var merge in model.Merges)
        {
            json.WriteStringValue($"{texts[merge.Left]} {texts[merge.Right]}");
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();

        void WriteByteLevel(string property)
        {
            json.WriteStartObject(property);
            json.WriteString("type", "ByteLevel");
            json.WriteBoolean("add_prefix_space", tokenizer.AddsPrefixSpace);
            json.WriteBoolean("trim_offsets", true);
            json.WriteBoolean("use_regex", tokenizer.SplitsWords);
            json.WriteEndObject();
        }
    }

    private static bool ReadNormalizer(JsonInput part, ForeignKeys foreign)
    {
        var normalize = part.Require("type").AsString() switch
        {
            "NFC" => true,
            "Sequence" => part.Require("normalizers").Items().Select(item => ReadNormalizer(item, foreign)).ToArray().Contains(true),
            var other => throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; NFC or none is"),
        };
        part.FinishForeign(s_none, foreign);
        return normalize;
    }

    private static (bool AddPrefixSpace, bool SplitWords) ReadPreTokenizer(JsonInput part, ForeignKeys foreign)
    {
        switch (part.Require("type").AsString())
        {
            case "ByteLevel":
                var read = (part.Require("add_prefix_space").AsBoolean(), part.FindBoolean("use_regex") ?? true);
                part.RefuseNulls();
                part.FinishForeign(s_offsets, foreign);
                return read;
            case "Sequence":
                var parts = part.Require("pretokenizers").Items().ToArray();
                part.FinishForeign(s_none, foreign);
                return parts.Length == 1 ? ReadPreTokenizer(parts[0], foreign) : throw part.Error($"is a sequence of {parts.Length}; only a single ByteLevel one is supported");
            case var other:
                throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; ByteLevel is");
        }
    }

    private static void CheckDecoder(JsonInput part, ForeignKeys foreign)
    {
        if (part.Require("type").AsString() is not "ByteLevel" and var other)
        {
            throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; ByteLevel is");
        }

        part.FinishForeign(s_decoder, foreign);
    }

    private static BytePairModel ReadModel(JsonInput model, ForeignKeys foreign)
    {
        if (model.FindString("type") is { } type && type != "BPE")
        {
            throw model.Error("type", $"is \"{Text.OneLine(type)}\"; only byte-level BPE is supported");
        }

        foreach (var option in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.FindString(option) is { Length: > 0 })
            {
                throw model.Error(option, "isn't empty, which byte-level BPE doesn't use");
            }
        }

        if (model.FindNumber("dropout") is { } dropout && dropout != 0)
        {
            throw model.Error("dropout", "isn't 0, so encoding would be random");
        }

        if (model.FindBoolean("byte_fallback") is true)
        {
            throw model.Error("byte_fallback", "is true, which byte-level BPE doesn't use");
        }

        var vocabulary = ReadVocabulary(model.Require("vocab"));
        var merges = ReadMerges(model.Require("merges"), vocabulary);
        int? unknown = model.FindString("unk_token") is { } token && vocabulary.TryGetValue(token, out var id) ? id : null;
        var (wholeWords, fuseUnknown) = (model.FindBoolean("ignore_merges") ?? false, model.FindBoolean("fuse_unk") ?? false);
        model.RefuseNulls("continuing_subword_prefix", "end_of_word_suffix", "dropout", "unk_token");
        model.FinishForeign(s_none, foreign);
        return new(vocabulary, merges, wholeWords, unknown, fuseUnknown);
    }

    private static Dictionary<string, int> ReadVocabulary(JsonInput part)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (var (text, value) in part.Members())
        {
            var id = (int)value.AsInteger(0, MaxId);
            vocabulary.Add(text, id);
            if (!ids.Add(id))
            {
                throw value.Error($"has id {id}, which another token has too");
            }
        }

        return vocabulary;
    }

    private static ImmutableArray<Merge> ReadMerges(JsonInput part, Dictionary<string, int> vocabulary)
    {
        var merges = ImmutableArray.CreateBuilder<Merge>();
        foreach (var item in part.Items())
        {
            // Old files hold a line of merges.txt, and may hold its first one.
            if (item.Kind == JsonValueKind.String && item.AsString().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var pair = item.Kind == JsonValueKind.String ? item.AsString().Split(' ') : [.. item.Items().Select(x => x.AsString())];
            if (pair.Length != 2)
            {
                throw item.Error("isn't a pair of tokens");
            }

            merges.Add(new(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])));

            int Id(string text) => vocabulary.TryGetValue(text, out var id) ? id : throw item.Error($"needs the token \"{Text.OneLine(text)}\", which the vocabulary doesn't have");
        }

        return merges.DrainToImmutable();
    }

    private static ImmutableArray<AddedToken> ReadAddedTokens(JsonInput? part, IReadOnlyDictionary<string, int> vocabulary, ForeignKeys foreign)
    {
        if (part is null)
        {
            return [];
        }

        var texts = vocabulary.ToDictionary(x => x.Value, x => x.Key);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = ImmutableArray.CreateBuilder<AddedToken>();
        foreach (var item in part.Items())
        {
            var token = ReadAddedToken(item, foreign);
            if (vocabulary.TryGetValue(token.Content, out var known) && known != token.Id)
            {
                throw item.Error(string.Create(CultureInfo.InvariantCulture, $"has id {token.Id}, but the vocabulary gives \"{Text.OneLine(token.Content)}\" {known}"));
            }

            if (!texts.TryAdd(token.Id, token.Content) && texts[token.Id] != token.Content)
            {
                throw item.Error($"has id {token.Id}, which \"{Text.OneLine(texts[token.Id])}\" has too");
            }

            if (!ids.TryAdd(token.Content, token.Id))
            {
                throw item.Error($"repeats \"{Text.OneLine(token.Content)}\"");
            }

            tokens.Add(token);
        }

        return tokens.DrainToImmutable();
    }

    private static AddedToken ReadAddedToken(JsonInput item, ForeignKeys foreign)
    {
        var special = item.FindBoolean("special") ?? false;
        var token = new AddedToken(
            (int)item.Require("id").AsInteger(0, MaxId),
            item.Require("content").AsString(),
            item.FindBoolean("single_word") ?? false,
            item.FindBoolean("lstrip") ?? false,
            item.FindBoolean("rstrip") ?? false,
            item.FindBoolean("normalized") ?? !special,
            special);
        item.RefuseNulls();
        item.FinishForeign(s_none, foreign);
        return token.Content.Length > 0 ? token : throw item.Error("has empty content");
    }
}
