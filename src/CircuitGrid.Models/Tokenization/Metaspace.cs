using System.Text.Json;
using CircuitGrid.Models.Files;
using CircuitGrid.Models.Tokenization.PreTokenizers;

namespace CircuitGrid.Models.Tokenization;

/// <summary>SentencePiece's way with spaces, as a file describes it: a visible stand-in for each, and one before the first word.</summary>
/// <param name="Replacement">The stand-in, one character.</param>
/// <param name="Scheme">Before which pieces one is put.</param>
/// <param name="Splits">Whether each stand-in begins a word.</param>
internal sealed record Metaspace(string Replacement, PrependScheme Scheme, bool Splits)
{
    public static Metaspace Read(JsonInput part)
    {
        var replacement = PartReader.Character(part.Require("replacement"));
        var scheme = part.Find("prepend_scheme") is { } value ? ReadScheme(value) : PrependScheme.Always;
        if (part.FindBoolean("add_prefix_space") is false && scheme != PrependScheme.Never)
        {
            scheme = part.Has("prepend_scheme") ? throw part.Error("add_prefix_space", "is false, but prepend_scheme isn't never") : PrependScheme.Never;
        }

        var splits = part.FindBoolean("split") ?? true;
        part.RefuseNulls();
        return new(replacement, scheme, splits);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "Metaspace");
        json.WriteString("replacement", Replacement);
        json.WriteString("prepend_scheme", Scheme.ToString().ToLowerInvariant());
        json.WriteBoolean("split", Splits);
        json.WriteEndObject();
    }

    private static PrependScheme ReadScheme(JsonInput value) => value.AsString() switch
    {
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        "always" => PrependScheme.Always,
        var other => throw value.Error($"is \"{Text.OneLine(other)}\"; it can be first, never, always"),
    };
}
