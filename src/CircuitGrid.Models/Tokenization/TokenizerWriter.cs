using System.Text.Encodings.Web;
using System.Text.Json;
using CircuitGrid.Models.Files;

namespace CircuitGrid.Models.Tokenization;

/// <summary>Writes a <c>tokenizer.json</c>.</summary>
internal static class TokenizerWriter
{
    public static void Write(Tokenizer tokenizer, string path) => OutputFile.Write(path, stream => Write(tokenizer, stream));

    public static void Write(Tokenizer tokenizer, Stream stream)
    {
        var pipeline = tokenizer.Pipeline;
        var model = pipeline.Model;
        var texts = model.Vocabulary.ToDictionary(x => x.Value, x => x.Key);
        // The alphabet's letters as themselves: the usual escapes would make the file unreadable for people.
        using var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", TokenizerFile.Version);
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
        WritePart("normalizer", pipeline.Normalizer is { } normalizer ? normalizer.Write : null);
        WritePart("pre_tokenizer", pipeline.PreTokenizer is { } preTokenizer ? preTokenizer.Write : null);
        json.WriteNull("post_processor");
        WritePart("decoder", pipeline.Decoder is { } decoder ? decoder.Write : null);
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", model.Options.Unknown is { } unknown ? texts[unknown] : null);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", model.Options.FuseUnknown);
        json.WriteBoolean("byte_fallback", model.Options.ByteFallback);
        json.WriteBoolean("ignore_merges", model.Options.WholeWords);
        json.WriteStartObject("vocab");
        foreach (var (text, id) in model.Vocabulary.OrderBy(x => x.Value))
        {
            json.WriteNumber(text, id);
        }

        json.WriteEndObject();
        json.WriteStartArray("merges");
        // One string for both only tells them apart where neither has a space.
        var asPairs = model.Merges.Any(m => texts[m.Result].Contains(' ', StringComparison.Ordinal));
        foreach (var merge in model.Merges)
        {
            if (asPairs)
            {
                json.WriteStartArray();
                json.WriteStringValue(texts[merge.Left]);
                json.WriteStringValue(texts[merge.Right]);
                json.WriteEndArray();
            }
            else
            {
                json.WriteStringValue($"{texts[merge.Left]} {texts[merge.Right]}");
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();

        void WritePart(string property, Action<Utf8JsonWriter>? write)
        {
            json.WritePropertyName(property);
            if (write is null)
            {
                json.WriteNullValue();
            }
            else
            {
                write(json);
            }
        }
    }
}
