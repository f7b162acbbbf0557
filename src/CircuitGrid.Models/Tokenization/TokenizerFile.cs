using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Compute;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>
/// Hugging Face's <c>tokenizer.json</c>, as far as byte-level BPE goes. Anything that would change a token id and isn't supported is
/// an error; what only concerns other libraries (truncation, padding, post-processor) is skipped.
/// </summary>
internal static class TokenizerFile
{
    private const int MaxFileLength = 256 << 20;

    /// <summary>Tables are as long as the highest id, so a stray one mustn't be able to fill the memory.</summary>
    private const int MaxId = (1 << 21) - 1;

    public static Tokenizer Read(string path)
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

        return Parse(json, path);
    }

    /// <param name="json">The file's bytes.</param>
    /// <param name="name">What errors call it.</param>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json, string name)
    {
        using var document = ParseDocument(json, name);
        var root = new JsonPart(document.RootElement, name);
        root.Expect(JsonValueKind.Object);
        var normalize = ReadNormalizer(root.Member("normalizer"));
        var (addPrefixSpace, splitWords) = ReadPreTokenizer(root.Member("pre_tokenizer"));
        ReadDecoder(root.Member("decoder"));

        var model = root.Required("model");
        if (model.Member("type") is { IsNull: false } type && type.String() != "BPE")
        {
            throw type.Error($"is \"{Text.OneLine(type.String())}\"; only byte-level BPE is supported");
        }

        foreach (var option in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Member(option) is { IsNull: false } affix && affix.String().Length > 0)
            {
                throw affix.Error("isn't empty, which byte-level BPE doesn't use");
            }
        }

        if (model.Member("dropout") is { IsNull: false } dropout && dropout.Number() != 0)
        {
            throw dropout.Error("isn't 0, so encoding would be random");
        }

        if (model.Member("byte_fallback").Boolean(false))
        {
            throw model.Member("byte_fallback").Error("is true, which byte-level BPE doesn't use");
        }

        var vocabulary = ReadVocabulary(model.Required("vocab"));
        var merges = ReadMerges(model.Required("merges"), vocabulary);
        var addedTokens = ReadAddedTokens(root.Member("added_tokens"), vocabulary);
        if (vocabulary.Count == 0 && addedTokens.Length == 0)
        {
            throw model.Required("vocab").Error("is empty");
        }

        int? unknown = null;
        if (model.Member("unk_token") is { IsNull: false } unknownToken && vocabulary.TryGetValue(unknownToken.String(), out var unknownId))
        {
            unknown = unknownId;
        }

        var bytePairs = new BytePairModel(vocabulary, merges, model.Member("ignore_merges").Boolean(false), unknown, model.Member("fuse_unk").Boolean(false));
        return new(name, bytePairs, addedTokens, normalize, addPrefixSpace, splitWords);
    }

    public static void Write(Tokenizer tokenizer, string path) => OutputFile.Write(path, stream => Write(tokenizer, stream));

    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        var model = tokenizer.Model;
        var texts = model.Vocabulary.ToDictionary(x => x.Value, x => x.Key);
        // The alphabet's letters as themselves: the usual escapes would make the file unreadable for people.
        using var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
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

    private static JsonDocument ParseDocument(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException e)
        {
            throw new InvalidInputException(name, $"isn't valid JSON ({Text.OneLine(e.Message)})", e);
        }
    }

    private static bool ReadNormalizer(JsonPart part)
    {
        if (part.IsNull)
        {
            return false;
        }

        return part.Required("type").String() switch
        {
            "NFC" => true,
            "Sequence" => part.Required("normalizers").Items().Select(ReadNormalizer).ToArray().Contains(true),
            var other => throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; NFC or none is"),
        };
    }

    private static (bool AddPrefixSpace, bool SplitWords) ReadPreTokenizer(JsonPart part)
    {
        if (part.IsNull)
        {
            throw part.Error("is missing; a byte-level tokenizer has one of type ByteLevel");
        }

        switch (part.Required("type").String())
        {
            case "ByteLevel":
                return (part.Required("add_prefix_space").Boolean(), part.Member("use_regex").Boolean(true));
            case "Sequence":
                var parts = part.Required("pretokenizers").Items().ToArray();
                return parts.Length == 1 ? ReadPreTokenizer(parts[0]) : throw part.Error($"is a sequence of {parts.Length}; only a single ByteLevel one is supported");
            case var other:
                throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; ByteLevel is");
        }
    }

    private static void ReadDecoder(JsonPart part)
    {
        if (!part.IsNull && part.Required("type").String() is not "ByteLevel" and var other)
        {
            throw part.Error($"of type \"{Text.OneLine(other)}\" isn't supported; ByteLevel is");
        }
    }

    private static Dictionary<string, int> ReadVocabulary(JsonPart part)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var ids = new HashSet<int>();
        foreach (var (text, value) in part.Members())
        {
            var id = value.Integer(0, MaxId);
            if (!vocabulary.TryAdd(text, id))
            {
                throw value.Error("is there twice");
            }

            if (!ids.Add(id))
            {
                throw value.Error($"has id {id}, which another token has too");
            }
        }

        return vocabulary;
    }

    private static ImmutableArray<Merge> ReadMerges(JsonPart part, Dictionary<string, int> vocabulary)
    {
        var merges = ImmutableArray.CreateBuilder<Merge>();
        foreach (var item in part.Items())
        {
            // Old files hold a line of merges.txt, and may hold its first one.
            if (item.Kind == JsonValueKind.String && item.String().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            var pair = item.Kind == JsonValueKind.String ? item.String().Split(' ') : [.. item.Items().Select(x => x.String())];
            if (pair.Length != 2)
            {
                throw item.Error("isn't a pair of tokens");
            }

            merges.Add(new(Id(pair[0]), Id(pair[1]), Id(pair[0] + pair[1])));

            int Id(string text) => vocabulary.TryGetValue(text, out var id) ? id : throw item.Error($"needs the token \"{Text.OneLine(text)}\", which the vocabulary doesn't have");
        }

        return merges.DrainToImmutable();
    }

    private static ImmutableArray<AddedToken> ReadAddedTokens(JsonPart part, Dictionary<string, int> vocabulary)
    {
        if (part.IsNull)
        {
            return [];
        }

        var texts = vocabulary.ToDictionary(x => x.Value, x => x.Key);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = ImmutableArray.CreateBuilder<AddedToken>();
        foreach (var item in part.Items())
        {
            var token = new AddedToken(
                item.Required("id").Integer(0, MaxId),
                item.Required("content").String(),
                item.Member("single_word").Boolean(false),
                item.Member("lstrip").Boolean(false),
                item.Member("rstrip").Boolean(false),
                item.Member("normalized").Boolean(!item.Member("special").Boolean(false)),
                item.Member("special").Boolean(false));
            if (token.Content.Length == 0)
            {
                throw item.Error("has empty content");
            }

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
}
